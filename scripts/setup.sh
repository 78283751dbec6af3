#!/usr/bin/env bash
# Installs what Headrace needs and only what is missing; with nothing missing it says nothing and takes milliseconds.
#
#   setup.sh run      building, and running the quickstart
#   setup.sh test     and what the tests need (the default)
#   setup.sh install  and what installing needs
#   setup.sh bench    and the tools that the benchmark measures against
#
# Two places are written. System packages come from apt: as root at once, as another user only after a "yes" at the
# terminal, with SKIP_APT=1 never. All else goes into .deps/, which can be deleted at any time.
# Exit status: 0 all is there, 3 something is missing and the message says what to do.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

LEVEL="${1:-test}"
ARROW_OLDEST=21 # the first Arrow C++ with every call that Plugins/Formats/Parquet makes
BASE_WHEELS=(scripts/requirements-run.txt scripts/requirements-readers.txt)
BENCH_WHEELS=(scripts/requirements-bench.txt)

# --- System packages: asked for by what they provide, so that libraries from elsewhere count too.

PACKAGES=()

# require PACKAGE COMMAND...: the package is missing if the command fails.
require() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || PACKAGES+=("$package")
}

has_any() { compgen -G "$1"; }
has_postgres() { command -v initdb || has_any '/usr/lib/postgresql/*/bin/initdb'; }
has_cargo() { command -v cargo && command -v rustc; }
has_compilers() { command -v gcc && command -v g++; }

find_missing_packages() {
  PACKAGES=()
  require pkg-config command -v pkg-config
  require libyaml-dev pkg-config --exists yaml-0.1
  require libpq-dev pkg-config --exists libpq
  require libcurl4-openssl-dev pkg-config --exists libcurl
  require libsqlite3-dev pkg-config --exists sqlite3
  require zlib1g-dev pkg-config --exists zlib
  require libsimdjson-dev pkg-config --exists simdjson
  require g++ has_compilers
  [ "$LEVEL" = run ] || require patchelf command -v patchelf
  if [ "$LEVEL" = test ] || [ "$LEVEL" = bench ]; then
    require postgresql has_postgres
    require pgbouncer test -x /usr/sbin/pgbouncer
    require openssl command -v openssl
    require strace command -v strace
    # The languages that plugins are written in, as Debian has them.
    require cmake command -v cmake
    require cargo has_cargo
  fi
  base_is_ready || find_missing_python_packages
}

# Debian splits off two parts of Python that are needed: the maker of environments, and the library whose symbols
# DuckDB's wheel expects to find.
find_missing_python_packages() {
  require python3-venv "$PYTHON" -c 'import venv, ensurepip'
  require "libpython$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" find_libpython "$PYTHON"
}

APT_INSTALL=(apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends)

refuse_packages() {
  [ "${SKIP_APT:-0}" != 1 ] || fail 3 "system packages are missing, and SKIP_APT=1 leaves them to you:" "${PACKAGES[*]}"
  command -v apt-get >/dev/null || fail 3 "system packages are missing, and there is no apt-get here." \
    "Install what your system calls: ${PACKAGES[*]}"
}

install_packages() {
  if [ "$(id -u)" -eq 0 ]; then
    DEBIAN_FRONTEND=noninteractive run_apt
  else
    ask_for_sudo "sudo apt-get update && sudo ${APT_INSTALL[*]} ${PACKAGES[*]}"
    run_apt sudo
  fi
}

# Nothing is installed with sudo unless somebody at the terminal said so.
ask_for_sudo() {
  local answer=no
  if [ -t 0 ] && [ -t 1 ]; then
    say "The packages need root. The command is:"
    say "  $1"
    read -r -p "Run it now? [y/N] " answer || true
  fi
  case "$answer" in
    y | Y | yes) ;;
    *) fail 3 "system packages are missing. Install them with this line, then run make again:" "$1" ;;
  esac
}

# run_apt [sudo]
run_apt() {
  local log="$DEPS/apt.log"
  "$@" apt-get update >"$log" 2>&1 \
    && "$@" "${APT_INSTALL[@]}" "${PACKAGES[@]}" >>"$log" 2>&1 </dev/null \
    || fail 3 "apt-get failed; the last lines of $log:" "$(tail -n 5 "$log")" "Is the network there?"
}

# --- Python wheels: a private environment under .deps/venv with exactly the versions of requirements-*.txt.

# What a finished installation is recognised by: the pins, the interpreter and the place.
wheels_key() {
  { cat "$@" && readlink -f "$VENV/bin/python" && say "$DEPS"; } 2>/dev/null | sha256sum
}

# wheels_are_ready NAME FILE...: the stamp is written last, so an interrupted run leaves none.
wheels_are_ready() {
  local stamp="$DEPS/wheels.$1"
  shift
  [ -f "$stamp" ] && [ "$(<"$stamp")" = "$(wheels_key "$@")" ]
}

choose_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      PYTHON=$candidate
      return
    fi
  done
  fail 3 "Python 3.11 or newer is needed, and ${PYTHON:-python3} is not." "Choose another with PYTHON=/path/to/python3."
}

# find_libpython INTERPRETER: prints the shared library of its own version; fails if there is none.
find_libpython() {
  "$1" - <<'PYTHON_END'
import glob, os, sys, sysconfig
name = "libpython%d.%d.so" % sys.version_info[:2]
folders = [sysconfig.get_config_var("LIBDIR") or "", sys.base_prefix + "/lib"]
folders += glob.glob("/usr/lib/*-linux-gnu") + ["/usr/lib64", "/usr/lib"]
found = [path for folder in folders for path in sorted(glob.glob(os.path.join(folder, name + "*")))]
print(found[0]) if found else sys.exit(1)
PYTHON_END
}

# An environment whose interpreter has moved or whose pip is broken is made anew; any other is brought up to date.
make_venv() {
  local log="$DEPS/venv.log"
  if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
    "$PYTHON" -m venv --clear "$VENV" >"$log" 2>&1 \
      || fail 3 "cannot make a Python environment in $VENV:" "$(tail -n 3 "$log")"
  fi
}

# install_wheels NAME FILE...: without resolving, so that what is installed is what the files say.
install_wheels() {
  local name=$1 log="$DEPS/pip.log" arguments=() file
  shift
  rm -f "$DEPS/wheels.$name"
  for file in "$@"; do arguments+=(-r "$file"); done
  "$VENV/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --no-deps \
    --only-binary :all: "${arguments[@]}" >"$log" 2>&1 \
    || fail 3 "pip could not install the wheels; the last lines of $log:" "$(grep -v '^ *$' "$log" | tail -n 4)" \
      "Is the network there? What was fetched is kept: run make again to go on."
}

finish_wheels() {
  local name=$1
  shift
  wheels_key "$@" >"$DEPS/wheels.$name.new"
  mv "$DEPS/wheels.$name.new" "$DEPS/wheels.$name"
}

# --- Native libraries: where Package.swift and the SQL transform look for them.

link_libraries() {
  rm -rf "$DEPS/arrow" "$DEPS/duckdb" "$DEPS/pkgconfig"
  mkdir -p "$DEPS/arrow" "$DEPS/duckdb" "$DEPS/pkgconfig"
  (cd "$DEPS/duckdb" && ln -s "$(echo ../venv/lib/python3*/site-packages/_duckdb.*.so)" _duckdb.so)
  ln -s "$(find_libpython "$VENV/bin/python")" "$DEPS/duckdb/libpython.so"
  if has_system_arrow; then use_system_arrow; else use_arrow_of_the_wheel; fi
}

has_system_arrow() { pkg-config --exists "arrow >= $ARROW_OLDEST" "parquet >= $ARROW_OLDEST"; }

use_system_arrow() {
  say "Arrow $(pkg-config --modversion arrow) of the system is used."
  ln -s "$(pkg-config --variable=libdir arrow)" "$DEPS/arrow/lib"
  write_pkgconfig "$(pkg-config --modversion arrow)" 'Requires: arrow parquet'
}

# The wheel has only versioned names; the linker asks for the plain ones.
use_arrow_of_the_wheel() {
  mkdir "$DEPS/arrow/lib"
  (cd "$DEPS/arrow" && ln -s ../venv/lib/python3*/site-packages/pyarrow/include include)
  (cd "$DEPS/arrow/lib" && link_versioned libarrow && link_versioned libparquet && link_versioned libarrow_compute)
  write_pkgconfig "$(sed -n 's/^pyarrow==//p' scripts/requirements-run.txt)" \
    'Cflags: -I${prefix}/include' 'Libs: -L${prefix}/lib -larrow -lparquet'
}

link_versioned() {
  local library
  library="$(echo ../../venv/lib/python3*/site-packages/pyarrow/"$1".so.*)"
  ln -s "$library" . && ln -s "${library##*/}" "$1.so"
}

write_pkgconfig() {
  local version=$1
  shift
  {
    say 'prefix=${pcfiledir}/../arrow'
    say 'Name: headrace-arrow'
    say 'Description: Arrow C++ and Parquet, as setup.sh found them'
    say "Version: $version"
    printf '%s\n' "$@"
  } >"$DEPS/pkgconfig/headrace-arrow.pc"
}

# Broken links are how a removed interpreter or a half-deleted environment shows.
libraries_are_linked() {
  [ -f "$DEPS/pkgconfig/headrace-arrow.pc" ] && [ -e "$DEPS/duckdb/_duckdb.so" ] && [ -e "$DEPS/duckdb/libpython.so" ] \
    && [ -e "$DEPS/arrow/lib/libarrow.so" ] && [ -e "$DEPS/arrow/lib/libparquet.so" ]
}

# --- The order of things.

base_is_ready() { wheels_are_ready base "${BASE_WHEELS[@]}" && libraries_are_linked; }
bench_is_ready() { [ "$LEVEL" != bench ] || wheels_are_ready bench "${BENCH_WHEELS[@]}"; }

check_swift() {
  local version where="See https://www.swift.org/install/linux/."
  command -v swift >/dev/null || fail 3 "Swift 6.3 is needed, and there is no swift on the PATH." "$where"
  version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')"
  [ "$(printf '%d%03d' ${version:-0 0})" -ge 6003 ] \
    || fail 3 "Swift 6.3 is needed; this is: $(swift --version 2>&1 | head -n 1)" "$where"
}

announce() {
  say "Setting up Headrace. It installs only what is missing:"
  if [ ${#PACKAGES[@]} -gt 0 ]; then
    say "  system packages  ${PACKAGES[*]}"
    say "                   with apt-get, system-wide; all that there can be is 150 MB to fetch, 600 MB on disk"
  fi
  base_is_ready \
    || say "  Python wheels    Arrow, DuckDB and pyiceberg, into $DEPS/venv; 130 MB to fetch, 470 MB on disk"
  bench_is_ready \
    || say "  for the bench    polars and ADBC, into $DEPS/venv; 75 MB to fetch, 240 MB on disk"
  say "  It takes one to three minutes; .deps/ can be deleted at any time."
}

set_up_base() {
  make_venv
  install_wheels base "${BASE_WHEELS[@]}"
  link_libraries
  finish_wheels base "${BASE_WHEELS[@]}"
}

set_up_bench() {
  install_wheels bench "${BENCH_WHEELS[@]}"
  finish_wheels bench "${BENCH_WHEELS[@]}"
}

nothing_is_missing() {
  find_missing_packages
  [ ${#PACKAGES[@]} -eq 0 ] && base_is_ready && bench_is_ready
}

set_up() {
  [ ${#PACKAGES[@]} -eq 0 ] || refuse_packages
  announce
  [ ${#PACKAGES[@]} -eq 0 ] || install_packages
  base_is_ready || set_up_base
  bench_is_ready || set_up_bench
  say "Set up in ${SECONDS} s."
}

main() {
  trap 'exit 130' INT # not "pip failed"
  case "$LEVEL" in
    run | install | test | bench) ;;
    *) fail 2 "setup.sh takes run, install, test or bench, not '$LEVEL'." ;;
  esac
  base_is_ready || { check_swift && choose_python; }
  if nothing_is_missing; then return; fi
  mkdir -p "$DEPS"
  exec 9>"$DEPS/lock" && flock 9 # of two at once the second waits, and then mostly finds nothing missing
  nothing_is_missing || set_up
}

main
