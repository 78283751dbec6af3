/// The kind `transform`: a SELECT over each batch.
#pragma once

#include "Input.hpp"
#include "Result.hpp"

#include <atomic>

namespace sql {

class Transform : public headrace::Instance {
 public:
  Transform(const headrace::Host& host, std::string_view config);

  void cancel() noexcept override;
  /// Fixes the columns that come in; gives those that go out.
  void bind(const ArrowSchema& input, ArrowSchema* output);
  void apply(const headrace::Call& call, ArrowArray* input, headrace_batch* out);

 private:
  Config config_;
  Input input_;  // outlives the session that points to it
  std::unique_ptr<Session> session_;
  std::atomic<Session*> cancellable_{nullptr};
  std::unique_ptr<Owned<PreparedHandle>> prepared_;
  std::vector<OutputColumn> columns_;
};

extern const headrace_transform kTransform;

}  // namespace sql
