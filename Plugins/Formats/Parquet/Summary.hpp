/// What the host is told of a finished file.
#pragma once

#include "Tally.hpp"

namespace parquet_format {

/// Fills `out`, which owns everything that it points to.
void fill_summary(const parquet::FileMetaData& metadata, const Tally& tally, int64_t file_bytes,
                  headrace_file_summary* out);

}  // namespace parquet_format
