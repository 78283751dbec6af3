/// Which Arrow types become which Parquet types.
#pragma once

#include "Arrow.hpp"

namespace parquet_format {

/// The schema as it is stored: integers narrower than 32 bits widened, everything else as it came. Throws UNSUPPORTED
/// for a type that has no counterpart in Iceberg, and INVALID_CONFIG for a field without an id or with another's; both
/// name the column.
std::shared_ptr<arrow::Schema> stored_schema(const arrow::Schema& schema);

/// Brings a batch to the stored schema. Columns that already fit are not copied.
std::shared_ptr<arrow::RecordBatch> as_stored(const std::shared_ptr<arrow::RecordBatch>& batch,
                                              const std::shared_ptr<arrow::Schema>& schema);

}  // namespace parquet_format
