# Sourced by the other scripts: where things are, and how a script says what it has to say.

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
DEPS="$(readlink -f "$ROOT/.deps")"
VENV="$DEPS/venv"
BUILT="$ROOT/.build/release"
cd "$ROOT"

# Package.swift asks pkg-config for Arrow by the name that setup.sh writes here.
export PKG_CONFIG_PATH="$DEPS/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"

# One set of flags for building and for testing: any difference between the two would build everything twice.
# Without the import check SwiftPM accepts an import that no dependency declares.
BUILD_FLAGS=(-c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error)

say() { printf '%s\n' "$*"; }

# fail STATUS LINE...: the exit statuses are those of the `headrace` command; 3 means the environment.
fail() {
  local status=$1
  shift
  printf 'headrace: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/  /' >&2
  exit "$status"
}
