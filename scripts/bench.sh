#!/usr/bin/env bash
# Measures Headrace beside its limits and its peers. Arguments go to Tests/Benchmarks/bench.py; see --help there.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

"$VENV/bin/python" Tests/Benchmarks/bench.py "$@"
case " $* " in
  *" --only "*) ;;
  *)
    swift build "${BUILD_FLAGS[@]}" --product gate-benchmark >/dev/null && "$BUILT/gate-benchmark"
    built="$(mktemp -d)"
    trap 'rm -rf "$built"' EXIT
    for kib in 64 1024 8192; do
      cc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -D "ROWS_PER_BATCH=$((kib * 128))" -I PluginAPI/C/include \
        -I PluginAPI/Arrow/include docs/plugins/examples/counter.c -o "$built/libcounter-$kib.so"
    done
    for knowledge in LEARNS FORGETFUL; do
      cc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -D_GNU_SOURCE -D "$knowledge" -I PluginAPI/C/include \
        -I PluginAPI/C/kit -I PluginAPI/Arrow/include Tests/Plugins/Broken/learns.c -o "$built/lib$knowledge.so"
    done
    swift build "${BUILD_FLAGS[@]}" --product worker-benchmark >/dev/null &&
      "$BUILT/worker-benchmark" "$BUILT/headrace-worker" "$built"/lib{LEARNS,FORGETFUL}.so \
        "$built"/libcounter-{64,1024,8192}.so
    ;;
esac
