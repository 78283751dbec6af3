#!/usr/bin/env bash
# Compiles every header of the contract alone, in each language and with each compiler that a plugin may use.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

STRICT=(
  -Wall -Wextra -pedantic -Werror -fsyntax-only
  -IPluginAPI/C/include -IPluginAPI/C/kit -IPluginAPI/Arrow/include -IPluginAPI/Cxx/include
)
C_COMPILERS=(clang gcc)
CXX_COMPILERS=(clang++ g++)
C_STANDARDS=(c11 c17)
CXX_STANDARDS=(c++11 c++14 c++17 c++20)
LAYER_STANDARDS=(c++20) # the C++ layer is for plugins of our time; the ABI is for all
compiled=0
failed=0

# Included twice: a header without a guard is a defect too.
compile() {
  local compiler=$1 language=$2 standard=$3 header=$4
  compiled=$((compiled + 1))
  printf '#include "%s"\n#include "%s"\n' "$header" "$header" \
    | "$compiler" -x "$language" "-std=$standard" "${STRICT[@]}" -I. - || {
    failed=$((failed + 1))
    say "FAILED: $header as $standard with $compiler"
  }
}

compile_everywhere() {
  compile_as_c "$1"
  compile_as_cxx "$1" "${CXX_STANDARDS[@]}"
}

compile_as_c() {
  local header=$1 compiler standard
  for compiler in "${C_COMPILERS[@]}"; do
    for standard in "${C_STANDARDS[@]}"; do compile "$compiler" c "$standard" "$header"; done
  done
}

# compile_as_cxx HEADER STANDARD...
compile_as_cxx() {
  local header=$1 compiler standard
  shift
  for compiler in "${CXX_COMPILERS[@]}"; do
    for standard in "$@"; do compile "$compiler" c++ "$standard" "$header"; done
  done
}

mapfile -t headers < <(find PluginAPI/C/include PluginAPI/Arrow/include -name '*.h' | LC_ALL=C sort)
mapfile -t kit < <(find PluginAPI/C/kit -name '*.h' ! -name test.h | LC_ALL=C sort)
mapfile -t layer < <(find PluginAPI/Cxx/include -name '*.hpp' | LC_ALL=C sort)
[ ${#headers[@]} -gt 0 ] || fail 1 "no headers found under PluginAPI."
for header in "${headers[@]}"; do compile_everywhere "$header"; done
for header in "${kit[@]}"; do compile_as_c "$header"; done
compile_everywhere PluginAPI/C/kit/headrace/kit/test.h # for plugins in C++ as well
for header in "${layer[@]}"; do compile_as_cxx "$header" "${LAYER_STANDARDS[@]}"; done
say "$((${#headers[@]} + ${#kit[@]} + 1 + ${#layer[@]})) headers, $compiled compilations, $failed failed."
[ "$failed" -eq 0 ]
