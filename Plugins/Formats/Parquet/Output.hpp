/// The host's end of a file, as Arrow sees it.
#pragma once

#include "Arrow.hpp"

#include <optional>

namespace parquet_format {

class Output final : public arrow::io::OutputStream {
 public:
  explicit Output(const headrace_output& output) : output_(output) {}

  arrow::Status Write(const void* data, int64_t bytes) override;
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Close() override;
  bool closed() const override { return is_closed_; }

  /// From now on nothing reaches the host: Arrow's writer completes its file when it is destroyed, even a failed one.
  void disconnect() { is_connected_ = false; }

  int64_t position() const { return position_; }

  /// Throws what the host reported, if a write failed: it says more than Arrow's status that followed.
  void throw_if_failed() const {
    if (failure_) throw *failure_;
  }

 private:
  headrace_output output_;
  int64_t position_ = 0;
  bool is_closed_ = false;
  bool is_connected_ = true;
  std::optional<headrace::Error> failure_;
};

}  // namespace parquet_format
