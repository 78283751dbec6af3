#!/usr/bin/env bash
# Installs what was built: the programs, the first-party plugins, and the kit for who writes plugins.
#
#   install.sh            installs into $PREFIX (/usr/local unless set), below $DESTDIR if that is set
#   install.sh remove     takes away what it installed
#
# What is installed needs the Swift runtime and the system packages of `setup.sh run`, and nothing of the checkout.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

PREFIX="${PREFIX:-/usr/local}"
INTO="${DESTDIR:-}$PREFIX"
LIBRARIES="$PREFIX/lib/headrace/lib" # of others: Arrow and DuckDB
KIT="$INTO/share/headrace/PluginAPI"

install_programs() {
  install -D -m 755 -t "$INTO/bin" "$BUILT/headrace" "$BUILT/headrace-worker"
}

# Arrow and DuckDB come as wheels; their files are copied under the names that the linker asks for.
install_libraries() {
  local library
  for library in "$DEPS"/arrow/lib/lib{arrow,arrow_compute,parquet}.so.*; do
    [ ! -e "$library" ] || install -D -m 644 "$library" "${DESTDIR:-}$LIBRARIES/${library##*/}"
  done
  for library in _duckdb.so libpython.so; do
    install -D -m 644 "$DEPS/duckdb/$library" "${DESTDIR:-}$LIBRARIES/$library"
  done
}

# A plugin runs from a copy in the home, so the way to its libraries has to be absolute.
install_plugins() {
  local plugins="$INTO/lib/headrace/plugins" plugin path
  rm -rf "$plugins"
  for plugin in "$BUILT"/libheadrace-*.so; do
    case "$plugin" in *-test-* | *-scripted.so) continue ;; esac
    install -D -m 644 -t "$plugins" "$plugin"
    path="$(patchelf --print-rpath "$plugin" | sed "s|[^:]*/\.deps/arrow/lib|$LIBRARIES|")"
    patchelf --set-rpath "$path" "$plugins/${plugin##*/}"
  done
  (cd "$plugins" && sha256sum ./*.so | sed 's|\./||' | LC_ALL=C sort -k 2 >plugins.lock)
  install -D -m 644 -t "$INTO/share/headrace/plugins.d" plugins.d/*.yaml
}

# The folder that a stranger's project points to. It is replaced whole: nothing of an older version stays behind.
install_kit() {
  rm -rf "$KIT"
  mkdir -p "$KIT"
  cp -R PluginAPI/. "$KIT"
  find "$KIT" \( -name .build -o -name target \) -prune -exec rm -rf {} +
  install -d "$INTO/lib/pkgconfig"
  sed 's|^api=.*|api=${pcfiledir}/../../share/headrace/PluginAPI|' PluginAPI/pkgconfig/headrace-plugin.pc \
    >"$INTO/lib/pkgconfig/headrace-plugin.pc"
  mkdir -p "$INTO/share/doc/headrace"
  cp -R docs/. "$INTO/share/doc/headrace"
}

remove() {
  rm -rf "$INTO/bin/headrace" "$INTO/bin/headrace-worker" "$INTO/lib/headrace" "$INTO/share/headrace" \
    "$INTO/share/doc/headrace" "$INTO/lib/pkgconfig/headrace-plugin.pc"
}

main() {
  case "${1:-}" in
    '') ;;
    remove)
      remove
      return
      ;;
    *) fail 2 "install.sh takes nothing or 'remove', not '$1'." ;;
  esac
  [ -x "$BUILT/headrace" ] || fail 3 "nothing was built yet." "Run 'make build' first."
  install_programs
  install_libraries
  install_plugins
  install_kit
  say "Headrace is installed in $INTO. Write a plugin: headrace plugin new NAME --kind source --lang c"
}

main "$@"
