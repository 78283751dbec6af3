/// How Parquet is asked to write.
#pragma once

#include "Arrow.hpp"
#include "Config.hpp"

namespace parquet_format {

/// `sample` is the first batch of the file, from which the columns worth a dictionary are chosen.
std::shared_ptr<parquet::WriterProperties> writer_properties(const Config& config, const arrow::RecordBatch& sample,
                                                             arrow::MemoryPool* pool);

/// `executor` encodes columns side by side; NULL: one after another, on the caller's thread.
std::shared_ptr<parquet::ArrowWriterProperties> arrow_writer_properties(arrow::internal::Executor* executor);

}  // namespace parquet_format
