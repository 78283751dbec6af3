/// Deadline and cancellation of the call under way.
#pragma once

#include <headrace/call.h>
#include <headrace/cxx/error.hpp>

namespace headrace {

/// A view of `headrace_call`, valid as long as the call lasts.
class Call {
 public:
  explicit Call(const headrace_call* call) : call_(call) {}

  int64_t now() const { return call_->now(call_); }
  int64_t deadline() const { return call_->deadline_ns; }
  bool is_cancelled() const { return call_->is_cancelled(call_) != 0; }

  /// Nanoseconds until the deadline, at least 0; HEADRACE_NO_DEADLINE without one.
  int64_t remaining() const {
    if (deadline() == HEADRACE_NO_DEADLINE) return HEADRACE_NO_DEADLINE;
    const int64_t left = deadline() - now();
    return left > 0 ? left : 0;
  }

  /// Throws CANCELLED or DEADLINE_EXCEEDED if the call should end. Between pieces of work, not per row.
  void throw_if_ended() const {
    if (is_cancelled()) throw Error(HEADRACE_CANCELLED, "cancelled by the host");
    if (remaining() == 0) throw Error(HEADRACE_DEADLINE_EXCEEDED, "the deadline of the call has passed");
  }

  const headrace_call* raw() const { return call_; }

 private:
  const headrace_call* call_;
};

}  // namespace headrace
