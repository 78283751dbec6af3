#include "Writer.hpp"

#include "Properties.hpp"
#include "Schema.hpp"
#include "Summary.hpp"

namespace parquet_format {
namespace {

/// The most rows that are encoded before memory is looked at again.
constexpr int64_t kPieceRows = 64 * 1024;

/// Share of a row's size in memory that it is expected to take in a file of which nothing is written yet.
constexpr double kFirstRatio = 0.35;

/// Nothing is freed: the array is the host's, and what Arrow writes it copies.
void release_nothing(ArrowArray* array) { array->release = nullptr; }

bool is_contiguous(const int32_t* rows, uint64_t n_rows) {
  for (uint64_t i = 1; i < n_rows; ++i) {
    if (rows[i] != rows[i - 1] + 1) return false;
  }
  return true;
}

/// Lends Arrow a structure that stays the host's.
std::shared_ptr<arrow::Schema> borrow_schema(const ArrowSchema& schema) {
  ArrowSchema lent = schema;
  lent.release = [](ArrowSchema* lent) { lent->release = nullptr; };
  return value_of(arrow::ImportSchema(&lent));
}

}  // namespace

Writer::Writer(const Config& config, const ArrowSchema& schema, const headrace_output& output,
               arrow::internal::Executor* executor)
    : config_(config),
      executor_(executor),
      output_(std::make_shared<Output>(output)),
      given_schema_(borrow_schema(schema)),
      schema_(stored_schema(*given_schema_)) {}

Writer::~Writer() {
  output_->disconnect();
  writer_.reset();
}

void Writer::write(const ArrowArray& batch, const int32_t* rows, uint64_t n_rows) {
  const auto imported = import(batch, rows, n_rows);
  if (imported->num_rows() == 0) return;
  const auto stored = as_stored(imported, schema_);
  if (!writer_) open(*stored);
  for (int64_t first = 0; first < stored->num_rows(); first += kPieceRows) {
    write_piece(stored->num_rows() <= kPieceRows ? stored : stored->Slice(first, kPieceRows));
  }
}

std::shared_ptr<arrow::RecordBatch> Writer::import(const ArrowArray& batch, const int32_t* rows, uint64_t n_rows) {
  // Arrow imports no batch that is a slice: it gets the rows in front too, which are then cut off.
  ArrowArray lent = batch;
  lent.offset = 0;
  lent.length = batch.offset + batch.length;
  lent.release = release_nothing;
  const auto whole = value_of(arrow::ImportRecordBatch(&lent, given_schema_))->Slice(batch.offset, batch.length);
  if (rows == nullptr) return whole;
  if (n_rows == 0) return whole->Slice(0, 0);
  if (is_contiguous(rows, n_rows)) {
    const int64_t count = static_cast<int64_t>(n_rows);
    if (rows[0] < 0 || rows[0] + count > whole->num_rows()) {
      throw headrace::Error(HEADRACE_BAD_RECORD, "a selected row lies outside of the batch");
    }
    return whole->Slice(rows[0], count);
  }
  const auto indices = std::make_shared<arrow::Int32Array>(
      static_cast<int64_t>(n_rows), arrow::Buffer::Wrap(rows, static_cast<std::size_t>(n_rows)));
  const auto options = arrow::compute::TakeOptions::Defaults();
  return value_of(arrow::compute::Take(whole, arrow::Datum(indices), options, computing())).record_batch();
}

void Writer::open(const arrow::RecordBatch& sample) {
  const auto properties = writer_properties(config_, sample, &pool_);
  const auto arrow_properties = arrow_writer_properties(executor_);
  // The first bytes of the file are written here.
  auto opened = parquet::arrow::FileWriter::Open(*schema_, &pool_, output_, properties, arrow_properties);
  check_written(opened.status());
  writer_ = std::move(opened).ValueUnsafe();
}

void Writer::write_piece(const std::shared_ptr<arrow::RecordBatch>& piece) {
  // Not after writing: a file that ends here would get a row group without rows.
  if (buffered_bytes() >= config_.row_group_bytes) flush();
  tally_.add(*piece);
  check_written(writer_->WriteRecordBatch(*piece));
  buffered_input_bytes_ += value_of(arrow::util::ReferencedBufferSize(*piece));
}

void Writer::flush() {
  if (!writer_ || buffered_input_bytes_ == 0) return;
  check_written(writer_->NewBufferedRowGroup());
  flushed_input_bytes_ += std::exchange(buffered_input_bytes_, 0);
}

int64_t Writer::estimated_file_bytes() const {
  const int64_t written = output_->position();
  const double ratio = flushed_input_bytes_ == 0
                           ? kFirstRatio
                           : static_cast<double>(written) / static_cast<double>(flushed_input_bytes_);
  return written + static_cast<int64_t>(ratio * static_cast<double>(buffered_input_bytes_));
}

void Writer::finish(headrace_file_summary* out) {
  if (!writer_) open(*value_of(arrow::RecordBatch::MakeEmpty(schema_)));
  check_written(writer_->Close());
  fill_summary(*writer_->metadata(), tally_, output_->position(), out);
}

void Writer::check_written(const arrow::Status& status) {
  if (status.ok()) return;
  output_->throw_if_failed();
  check(status);
}

}  // namespace parquet_format
