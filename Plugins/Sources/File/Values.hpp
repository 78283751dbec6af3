// From the text of a value to the value. No locale, no allocation; nothing is rounded but doubles.
#pragma once

#include "Column.hpp"

#include <optional>
#include <string_view>

namespace headrace::file {

/// How an ISO 8601 time ended.
enum class Zone { none, given };

std::optional<std::int64_t> parse_integer(std::string_view text, bool strict);
std::optional<double> parse_double(std::string_view text, bool strict);
std::optional<bool> parse_boolean(std::string_view text);

/// The unscaled value; nothing if it has more digits than the type, before or after the point.
std::optional<__int128> parse_decimal(std::string_view text, int precision, int scale);

/// Days since 1970-01-01, from `2024-02-29`.
std::optional<std::int32_t> parse_date(std::string_view text);

/// Microseconds since midnight, from `23:59` or `23:59:58.123456`. Digits beyond the sixth are cut off.
std::optional<std::int64_t> parse_time(std::string_view text);

/// Microseconds since 1970, in UTC if the text has a zone. A date alone is its midnight.
std::optional<std::int64_t> parse_timestamp(std::string_view text, Zone* zone);

/// Appends the value that `text` stands for; false, and nothing appended, if it does not fit the column's type.
bool append_text(Column& column, std::string_view text);

/// Why `text` did not fit: `column 'amount': 'twelve' is not a double`.
std::string misfit(std::string_view column, std::string_view text, const Type& type);

/// At most 64 bytes of it, whole characters, with an ellipsis if there was more.
std::string shorten(std::string_view text);

}  // namespace headrace::file
