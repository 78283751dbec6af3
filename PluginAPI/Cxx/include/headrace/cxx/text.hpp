/// Text and bytes between C++ and the ABI. Nothing here copies unless its name says so.
#pragma once

#include <headrace/abi.h>

#include <string>
#include <string_view>

namespace headrace {

inline std::string_view view(headrace_string text) {
  return text.length == 0 ? std::string_view() : std::string_view(text.data, text.length);
}

inline std::string_view view(headrace_bytes bytes) {
  if (bytes.length == 0) return {};
  return std::string_view(reinterpret_cast<const char*>(bytes.data), bytes.length);
}

inline std::string copy(headrace_string text) { return std::string(view(text)); }

/// Borrows `text`, which must outlive the result.
constexpr headrace_string borrow(std::string_view text) {
  return headrace_string{text.data(), static_cast<uint64_t>(text.size())};
}

inline headrace_bytes borrow_bytes(std::string_view bytes) {
  return headrace_bytes{reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<uint64_t>(bytes.size())};
}

}  // namespace headrace
