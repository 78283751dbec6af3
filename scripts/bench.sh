#!/usr/bin/env bash
# Measures Headrace beside its limits and its peers. Arguments go to Tests/Benchmarks/bench.py; see --help there.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

"$VENV/bin/python" Tests/Benchmarks/bench.py "$@"
case " $* " in
  *" --only "*) ;;
  *) swift build "${BUILD_FLAGS[@]}" --product gate-benchmark >/dev/null && "$BUILT/gate-benchmark" ;;
esac
