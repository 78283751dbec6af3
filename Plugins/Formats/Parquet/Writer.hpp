/// One file being written.
#pragma once

#include "Config.hpp"
#include "Output.hpp"
#include "Tally.hpp"

namespace parquet_format {

class Writer {
 public:
  /// Throws UNSUPPORTED or INVALID_CONFIG for a schema that cannot be stored.
  Writer(const Config& config, const ArrowSchema& schema, const headrace_output& output,
         arrow::internal::Executor* executor);
  ~Writer();

  /// Adds rows of `batch`, all if `rows` is NULL. Batches are cut so that no more than about a row group is held.
  void write(const ArrowArray& batch, const int32_t* rows, uint64_t n_rows);

  /// Completes the file and tells what is in it.
  void finish(headrace_file_summary* out);

  /// Nothing reaches the host any more.
  void disconnect() { output_->disconnect(); }

  /// Memory held by the row group that is not written yet.
  int64_t buffered_bytes() const { return pool_.bytes_allocated(); }

  /// Writes the row group that is held.
  void flush();

  /// What the file would have now; of buffered rows it expects what earlier ones took.
  int64_t estimated_file_bytes() const;

 private:
  std::shared_ptr<arrow::RecordBatch> import(const ArrowArray& batch, const int32_t* rows, uint64_t n_rows);
  void write_piece(const std::shared_ptr<arrow::RecordBatch>& piece);
  void open(const arrow::RecordBatch& sample);
  /// Throws the host's failure, if it was one, else Arrow's.
  void check_written(const arrow::Status& status);

  Config config_;
  arrow::internal::Executor* executor_;
  arrow::ProxyMemoryPool pool_{memory()};
  std::shared_ptr<Output> output_;
  std::shared_ptr<arrow::Schema> given_schema_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;  // from the first batch on
  Tally tally_;
  int64_t flushed_input_bytes_ = 0;   // in-memory size of the rows of the row groups written
  int64_t buffered_input_bytes_ = 0;  // and of those held
};

}  // namespace parquet_format
