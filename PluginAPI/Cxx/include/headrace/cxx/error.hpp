/// Errors: an exception inside the plugin, a status and a filled structure outside of it.
#pragma once

#include <headrace/cxx/structs.hpp>
#include <headrace/cxx/text.hpp>
#include <headrace/status.h>

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace headrace {

/// What a plugin throws to end a call with a status of its choice. Any other exception makes the instance unusable.
class Error : public std::exception {
 public:
  Error(headrace_status status, std::string message) : status_(status), message_(std::move(message)) {}

  Error& vendor(int64_t code, std::string state = {}) {
    vendor_code_ = code;
    vendor_state_ = std::move(state);
    return *this;
  }

  Error& retry_after(int64_t nanoseconds) {
    retry_after_ns_ = nanoseconds;
    return *this;
  }

  Error& detail(std::string key, std::string value) {
    details_.emplace_back(std::move(key), std::move(value));
    return *this;
  }

  const char* what() const noexcept override { return message_.c_str(); }
  headrace_status status() const noexcept { return status_; }
  const std::string& message() const noexcept { return message_; }
  int64_t vendor_code() const noexcept { return vendor_code_; }
  const std::string& vendor_state() const noexcept { return vendor_state_; }
  int64_t retry_after() const noexcept { return retry_after_ns_; }
  const std::vector<std::pair<std::string, std::string>>& details() const noexcept { return details_; }

 private:
  headrace_status status_;
  std::string message_;
  int64_t vendor_code_ = 0;
  std::string vendor_state_;
  int64_t retry_after_ns_ = HEADRACE_NO_RETRY_AFTER;
  std::vector<std::pair<std::string, std::string>> details_;
};

namespace detail {

/// Owns the texts that a filled `headrace_error` points into.
struct ErrorTexts {
  explicit ErrorTexts(const Error& error) : source(error) {
    for (const auto& [key, value] : source.details()) pairs.push_back({borrow(key), borrow(value)});
  }

  Error source;
  std::vector<headrace_key_value> pairs;
};

inline void release_error(headrace_error* error) {
  delete static_cast<ErrorTexts*>(error->private_data);
  error->private_data = nullptr;
  error->release = nullptr;
}

}  // namespace detail

/// Fills `out` with a text that lives as long as the library. Allocates nothing, so that it works when memory is gone.
inline headrace_status fail_static(headrace_error* out, headrace_status status, std::string_view message) noexcept {
  if (out == nullptr) return status;
  headrace_error error{};
  error.status = status;
  error.retry_after_ns = HEADRACE_NO_RETRY_AFTER;
  error.message = borrow(message);
  fill(out, error);
  return status;
}

/// Fills `out`, which may be NULL, and returns the status. Never throws: without memory it tells less.
inline headrace_status fail(headrace_error* out, const Error& error) noexcept {
  if (out == nullptr) return error.status();
  try {
    auto texts = std::make_unique<detail::ErrorTexts>(error);
    headrace_error filled{};
    filled.status = error.status();
    filled.vendor_code = error.vendor_code();
    filled.retry_after_ns = error.retry_after();
    filled.message = borrow(texts->source.message());
    filled.vendor_state = borrow(texts->source.vendor_state());
    filled.details = texts->pairs.data();
    filled.n_details = texts->pairs.size();
    filled.release = detail::release_error;
    filled.private_data = texts.release();
    fill(out, filled);
    return error.status();
  } catch (...) {
    return fail_static(out, error.status(), "the call failed, and no memory is left to say why");
  }
}

/// Turns the exception being handled into a status. `is_expected` tells an `Error` with a status other than FATAL from
/// what leaves the instance in an unknown state.
inline headrace_status fail_from_exception(headrace_error* out, bool* is_expected) noexcept {
  *is_expected = false;
  try {
    throw;
  } catch (const Error& error) {
    *is_expected = error.status() != HEADRACE_FATAL;
    return fail(out, error);
  } catch (const std::bad_alloc&) {
    return fail_static(out, HEADRACE_FATAL, "the plugin ran out of memory");
  } catch (const std::exception& error) {
    try {
      return fail(out, Error(HEADRACE_FATAL, std::string("unexpected failure in the plugin: ") + error.what()));
    } catch (...) {
      return fail_static(out, HEADRACE_FATAL, "unexpected failure in the plugin");
    }
  } catch (...) {
    return fail_static(out, HEADRACE_FATAL, "the plugin threw something that is not an exception");
  }
}

/// The barrier for exports without an instance: no exception crosses it. `body` returns nothing or a status.
template <class Body>
headrace_status barrier(headrace_error* error, Body&& body) noexcept {
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      return HEADRACE_OK;
    } else {
      return body();
    }
  } catch (...) {
    bool is_expected = false;
    return fail_from_exception(error, &is_expected);
  }
}

/// `negotiate` of a plugin written for version 1.
inline headrace_status negotiate(uint32_t minimum, uint32_t maximum, uint32_t* version,
                                 headrace_error* error) noexcept {
  if (minimum <= HEADRACE_ABI_VERSION && HEADRACE_ABI_VERSION <= maximum) {
    *version = HEADRACE_ABI_VERSION;
    return HEADRACE_OK;
  }
  return barrier(error, [&] {
    throw Error(HEADRACE_UNSUPPORTED, "the plugin speaks ABI version " + std::to_string(HEADRACE_ABI_VERSION) +
                                          ", the host " + std::to_string(minimum) + " to " + std::to_string(maximum));
  });
}

}  // namespace headrace
