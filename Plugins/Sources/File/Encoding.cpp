#include "Encoding.hpp"

#include <algorithm>
#include <simdjson.h>

namespace headrace::file {

std::size_t skip_byte_order_mark(const File& file, std::string_view beginning) {
  if (beginning.substr(0, 3) == "\xef\xbb\xbf") return 3;
  std::string_view mark = beginning.substr(0, 2);
  if (mark == "\xff\xfe" || mark == "\xfe\xff") {
    throw Error(HEADRACE_UNSUPPORTED, "'" + file.shown() +
                                          "' is UTF-16 or UTF-32, which is not supported; convert it to UTF-8, for "
                                          "example with `iconv -t UTF-8`");
  }
  return 0;
}

std::string describe_bad_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    auto first = static_cast<unsigned char>(text[at]);
    std::size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (at + length > text.size() || !simdjson::validate_utf8(text.data() + at, length)) break;
    at += length;
  }
  at = std::min(at, text.size() - 1);
  char hex[8];
  std::snprintf(hex, sizeof hex, "0x%02x", static_cast<unsigned>(static_cast<unsigned char>(text[at])));
  return std::string("not UTF-8: byte ") + hex + " at position " + std::to_string(at + 1) + " of the record";
}

std::string utf8_from_latin1(std::string_view text) {
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<char>(0xc0 | byte >> 6));
      out.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return out;
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) < 0; });
}

}  // namespace headrace::file
