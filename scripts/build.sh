#!/usr/bin/env bash
# Builds the host, the first-party plugins and the tests in one release build, and writes down what it built.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

announce_first_build() {
  [ ! -e "$BUILT/headrace" ] || return 0
  say "Building in release for the first time: 5 to 12 minutes on two cores. Later builds take less."
}

# Clang keeps the module of the C headers and does not see that one was added: the sources that use it would not build.
drop_stale_module() {
  local module
  [ -d .build ] || return 0
  find .build/ -name 'CHeadrace-*.pcm' 2>/dev/null | while read -r module; do
    [ -z "$(find PluginAPI/C/include -newer "$module" -print -quit)" ] || rm -f "$module"
  done
}

# First-party plugins are trusted by their hashes; the runtime reads this file beside the executable.
write_plugins_lock() {
  (
    cd "$BUILT" && export LC_ALL=C
    # The zoo is what strangers would bring.
    find . -maxdepth 1 -name 'libheadrace-*.so' ! -name 'libheadrace-test-*' -printf '%f\n' | sort | xargs sha256sum \
      >plugins.lock.new && mv plugins.lock.new plugins.lock
  )
}

# The exit status is what counts: after a failed import check SwiftPM prints "Build complete!" all the same.
main() {
  announce_first_build
  drop_stale_module
  swift build --build-tests "${BUILD_FLAGS[@]}"
  write_plugins_lock
}

main
