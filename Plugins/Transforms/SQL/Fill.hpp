/// Arrow into DuckDB's vectors.
#pragma once

#include "Types.hpp"

namespace sql {

/// Fills `vector` with `count` values of `array` from `start` on, which does not include the array's own offset. Text
/// and bytes are pointed to, not copied.
void fill_vector(const DuckDB& duckdb, VectorHandle vector, const InputType& type, const ArrowArray& array,
                 int64_t start, int64_t count);

}  // namespace sql
