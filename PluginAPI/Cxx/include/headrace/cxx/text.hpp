/// Text and bytes between C++ and the ABI. Nothing here copies unless its name says so.
#pragma once

#include <headrace/abi.h>

#include <cstddef>
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

namespace detail {

/// The number of bytes of the character that `text` begins with, or 0 if that is not UTF-8.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const bool is_lead = lead < 0x80 || (lead >= 0xc2 && lead < 0xf5);
  if (!is_lead || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (length < 3) return length;
  const bool is_overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool is_outside = (lead == 0xed && byte(1) > 0x9f) || (lead == 0xf4 && byte(1) > 0x8f);
  return is_overlong || is_outside ? 0 : length;
}

}  // namespace detail

/// What came from outside, for a message: at most 256 bytes, and `?` in place of what is not UTF-8.
inline std::string printable(std::string_view text) {
  std::string result(text.substr(0, 256));
  for (std::size_t at = 0; at < result.size();) {
    const std::size_t length = detail::utf8_length(std::string_view(result).substr(at));
    if (length == 0) result[at] = '?';
    at += length == 0 ? 1 : length;
  }
  return result;
}

}  // namespace headrace
