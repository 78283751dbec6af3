/// Arrow and Parquet, whose headers do not compile without warnings at our level.
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/compute/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/thread_pool.h>
#include <parquet/api/writer.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#pragma GCC diagnostic pop

#include <headrace/plugin.hpp>

namespace parquet_format {

/// Throws what an Arrow function reports.
inline void check(const arrow::Status& status) {
  if (status.ok()) return;
  if (status.IsOutOfMemory()) throw std::bad_alloc();
  const headrace_status code = status.IsNotImplemented()                    ? HEADRACE_UNSUPPORTED
                               : status.IsInvalid() || status.IsTypeError() ? HEADRACE_BAD_RECORD
                                                                            : HEADRACE_FATAL;
  throw headrace::Error(code, "Parquet: " + status.message());
}

template <class Value>
Value value_of(arrow::Result<Value> result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

/// Where all memory comes from. Arrow's own pools keep what is freed: for a writer, whose buffers come and go with each
/// row group, that doubles what the process holds and saves no time.
inline arrow::MemoryPool* memory() { return arrow::system_memory_pool(); }

/// What compute functions get their memory by.
inline arrow::compute::ExecContext* computing() {
  static arrow::compute::ExecContext context(memory());
  return &context;
}

}  // namespace parquet_format
