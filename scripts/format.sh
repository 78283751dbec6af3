#!/usr/bin/env bash
# Formats every Swift source in place; with --lint only reports what would change, and fails if anything would.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

# A template is no Swift before its placeholders are filled in.
mapfile -d '' -t sources < <(git ls-files -z --cached --others --exclude-standard '*.swift' ':!PluginAPI/Templates')
if [ "${1:-}" = --lint ]; then
  swift format lint --strict --parallel "${sources[@]}"
else
  swift format --in-place --parallel "${sources[@]}"
fi
