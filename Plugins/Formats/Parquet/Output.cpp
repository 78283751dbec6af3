#include "Output.hpp"

namespace parquet_format {

arrow::Status Output::Write(const void* data, int64_t bytes) {
  if (!is_connected_ || failure_) return arrow::Status::IOError("the file was given up");
  headrace_error error{};
  error.struct_size = sizeof error;
  error.retry_after_ns = HEADRACE_NO_RETRY_AFTER;
  const headrace_bytes view{static_cast<const uint8_t*>(data), static_cast<uint64_t>(bytes)};
  const headrace_status status = output_.write(output_.ctx, view, &error);
  if (status == HEADRACE_OK) {
    position_ += bytes;
    return arrow::Status::OK();
  }
  try {
    headrace::Host::throw_and_release(status, &error);
  } catch (const headrace::Error& failure) {
    failure_ = failure;
  }
  return arrow::Status::IOError(failure_->message());
}

arrow::Status Output::Close() {
  is_closed_ = true;
  return arrow::Status::OK();
}

}  // namespace parquet_format
