#!/usr/bin/env bash
# Runs the tests over what build.sh built; arguments go to `swift test`, for example --filter BreakerTests.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

swift test --skip-build "${BUILD_FLAGS[@]}" "$@"
