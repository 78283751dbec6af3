// What a file's bytes are, before they are text.
#pragma once

#include "Client.hpp"

#include <string>
#include <string_view>

namespace headrace::file {

/// The length of a UTF-8 byte order mark at the content's beginning, or 0. UNSUPPORTED for UTF-16 and UTF-32.
std::size_t skip_byte_order_mark(const File& file, std::string_view beginning);

/// `not UTF-8: byte 0xff at position 17 of the record`, for text that is not.
std::string describe_bad_utf8(std::string_view text);

/// The UTF-8 form of ISO 8859-1 text.
std::string utf8_from_latin1(std::string_view text);

bool is_utf8(std::string_view text);
bool is_ascii(std::string_view text);

}  // namespace headrace::file
