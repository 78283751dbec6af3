/// The least and greatest value of a column over a whole file, in Iceberg's single-value binary form.
#pragma once

#include "Arrow.hpp"

#include <optional>
#include <string>

namespace parquet_format {

struct Bounds {
  std::string lower;
  std::string upper;
};

/// Merges the statistics of all row groups. Nothing if a row group with values has none: its values may lie anywhere.
std::optional<Bounds> column_bounds(const parquet::FileMetaData& metadata, int column);

}  // namespace parquet_format
