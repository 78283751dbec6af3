#!/usr/bin/env bash
# All that CI runs, the quick checks first: a mistake in a link should not cost a build.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

step() {
  local started=$SECONDS
  say "== $1"
  shift
  "$@"
  say "== done in $((SECONDS - started)) s"
}

step "set-up" scripts/setup.sh test
step "public headers, alone, in every language and compiler" scripts/check-headers.sh
step "what version 1 of the contract has promised" python3 scripts/check-abi.py
step "format" scripts/format.sh --lint
step "rules that a compiler cannot see" python3 scripts/check-sources.py
step "links in the documentation" python3 scripts/check-docs.py
step "the reference is what the headers say" python3 scripts/reference.py --check
step "the checker's clauses in the documentation" python3 scripts/check-clauses.py
step "examples in the documentation" python3 scripts/check-examples.py
step "the checks' own tests" python3 -m unittest discover -s Tests/Scripts -p '*Tests.py'
step "build, warnings as errors, every import declared" scripts/build.sh
step "tests" scripts/test.sh
