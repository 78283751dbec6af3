/// The kind `format`.
#pragma once

#include "Writer.hpp"

#include <set>

namespace parquet_format {

/// An instance: the files that it writes share a limit on memory.
class Format : public headrace::Instance {
 public:
  Format(const headrace::Host& host, std::string_view config);

  Writer* open(const ArrowSchema& schema, const headrace_output& output);
  /// Sets `file_bytes` to what the file would have about now.
  void write(Writer* writer, const ArrowArray& batch, const int32_t* rows, uint64_t n_rows, int64_t* file_bytes);
  void finish(Writer* writer, headrace_file_summary* out);
  void abort(Writer* writer);

 private:
  void keep_memory_bounded();

  Config config_;
  std::shared_ptr<arrow::internal::ThreadPool> threads_;
  std::set<Writer*> writers_;
};

extern const headrace_format kFormat;

}  // namespace parquet_format
