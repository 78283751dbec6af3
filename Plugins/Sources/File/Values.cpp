#include "Values.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace headrace::file {

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t day = 86'400 * second;

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// The digits at `at`, or -1.
int two(const char* at) {
  if (!is_digit(at[0]) || !is_digit(at[1])) return -1;
  return (at[0] - '0') * 10 + (at[1] - '0');
}

bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in(int year, int month) {
  static constexpr std::array<int, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : lengths[static_cast<std::size_t>(month - 1)];
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar: whole years, then the months before this one.
std::int32_t days_since_epoch(int year, int month, int day_of_month) {
  static constexpr std::array<int, 12> before{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  int last = year - 1;
  int days = last * 365 + last / 4 - last / 100 + last / 400 + before[static_cast<std::size_t>(month - 1)];
  if (month > 2 && is_leap(year)) ++days;
  return days + day_of_month - 1 - 719'162;  // 719,162 days from 0001-01-01 to 1970-01-01
}

/// Takes `HH:MM[:SS[.fraction]]` off the front.
std::optional<std::int64_t> take_time(std::string_view& text) {
  if (text.size() < 5 || text[2] != ':') return {};
  int hours = two(text.data()), minutes = two(text.data() + 3), seconds = 0;
  std::int64_t micros = 0;
  text.remove_prefix(5);
  if (text.size() >= 3 && text[0] == ':') {
    seconds = two(text.data() + 1);
    text.remove_prefix(3);
    if (!text.empty() && (text[0] == '.' || text[0] == ',')) {
      std::int64_t unit = second / 10;
      text.remove_prefix(1);
      if (text.empty() || !is_digit(text[0])) return {};
      for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1), unit /= 10) micros += (text[0] - '0') * unit;
    }
  }
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return {};
  return ((hours * 60 + minutes) * 60 + seconds) * second + micros;
}

/// The offset of `Z`, `+02`, `+0200` or `-02:30` in microseconds; the text must hold nothing else.
std::optional<std::int64_t> parse_zone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return {};
  bool negative = text[0] == '-';
  int hours = two(text.data() + 1), minutes = 0;
  text.remove_prefix(3);
  if (!text.empty() && text[0] == ':') text.remove_prefix(1);
  if (text.size() == 2) {
    minutes = two(text.data());
  } else if (!text.empty()) {
    return {};
  }
  if (hours < 0 || hours > 18 || minutes < 0 || minutes > 59) return {};
  std::int64_t offset = (hours * 60 + minutes) * 60 * second;
  return negative ? -offset : offset;
}

/// The parts of a number in decimal notation, checked against `[+-]digits[.digits][e[+-]digits]`.
struct Notation {
  bool negative = false;
  std::string_view whole, fraction;
  int exponent = 0;
};

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

std::optional<Notation> parse_notation(std::string_view text) {
  Notation out;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    out.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  out.whole = take_digits(text);
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    out.fraction = take_digits(text);
  }
  if (out.whole.empty() && out.fraction.empty()) return {};
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    bool negative = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    std::string_view digits = take_digits(text);
    if (digits.empty()) return {};
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.exponent);
    if (error != std::errc() || out.exponent > 100'000) out.exponent = 100'000;
    if (negative) out.exponent = -out.exponent;
  }
  if (!text.empty()) return {};
  return out;
}

constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Sixteen bytes from `6ba7b810-9dad-11d1-80b4-00c04fd430c8`, with or without the hyphens.
bool parse_uuid(std::string_view text, std::array<std::uint8_t, 16>& out) {
  bool hyphens = text.size() == 36;
  if (!hyphens && text.size() != 32) return false;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (hyphens && (i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-') return false;
    int high = hex_digit(text[at]), low = hex_digit(text[at + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return true;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

/// Bytes from base64 (RFC 4648, either alphabet, padding optional).
bool append_base64(Column& column, std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  char* out = column.begin_bytes(text.size() * 3 / 4 + 3);
  std::size_t count = 0;
  unsigned bits = 0, held = 0;
  for (char c : text) {
    int digit = base64_digit(c);
    if (digit < 0) return false;
    bits = bits << 6 | static_cast<unsigned>(digit);
    held += 6;
    if (held >= 8) out[count++] = static_cast<char>(bits >> (held -= 8) & 0xff);
  }
  column.end_bytes(count);
  return true;
}

bool append_timestamp(Column& column, std::string_view text) {
  Zone zone;
  auto micros = parse_timestamp(text, &zone);
  if (!micros || (column.kind() == Kind::timestamp && zone == Zone::given)) return false;
  column.append(*micros);
  return true;
}

bool append_float(Column& column, std::string_view text) {
  auto value = parse_double(text, column.field().inferred);
  if (!value) return false;
  if (column.kind() == Kind::float64) {
    column.append(*value);
    return true;
  }
  float narrow = static_cast<float>(*value);
  if (std::isinf(narrow) && !std::isinf(*value)) return false;
  column.append(narrow);
  return true;
}

bool append_integer(Column& column, std::string_view text) {
  auto value = parse_integer(text, column.field().inferred);
  if (!value) return false;
  if (column.kind() == Kind::int64) {
    column.append(*value);
    return true;
  }
  if (*value < INT32_MIN || *value > INT32_MAX) return false;
  column.append(static_cast<std::int32_t>(*value));
  return true;
}

template <class T>
bool append_if(Column& column, std::optional<T> value) {
  if (value) column.append(*value);
  return value.has_value();
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text, bool strict) {
  if (!strict && !text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-') return {};
  }
  std::string_view digits = text.substr(!text.empty() && text[0] == '-' ? 1 : 0);
  if (digits.empty() || (strict && digits.size() > 1 && digits[0] == '0')) return {};
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<double> parse_double(std::string_view text, bool strict) {
  if (!strict && !text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-') return {};
  }
  std::string_view digits = text.substr(!text.empty() && text[0] == '-' ? 1 : 0);
  if (digits.empty()) return {};
  if (strict && (!is_digit(digits[0]) || (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])))) return {};
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return {};
  if (error == std::errc()) return value;
  // Out of range: too small is zero, as everywhere; too large is no number of this type.
  auto notation = parse_notation(text);
  if (!notation) return {};
  bool is_small = notation->exponent < 0 || notation->whole.find_first_not_of('0') == std::string_view::npos;
  if (!is_small) return {};
  return notation->negative ? -0.0 : 0.0;
}

std::optional<bool> parse_boolean(std::string_view text) {
  auto is = [&](std::string_view word) {
    if (text.size() != word.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if ((text[i] | 0x20) != word[i]) return false;
    }
    return true;
  };
  if (is("true")) return true;
  if (is("false")) return false;
  return {};
}

std::optional<__int128> parse_decimal(std::string_view text, int precision, int scale) {
  auto notation = parse_notation(text);
  if (!notation) return {};
  // The digit at index i of whole + fraction counts 10^(whole + exponent - 1 - i).
  __int128 value = 0;
  int digits = 0;
  int point = static_cast<int>(std::min<std::size_t>(notation->whole.size(), 1'000'000)) + notation->exponent;
  auto add = [&](std::string_view part, int from) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      int weight = point - 1 - (from + static_cast<int>(i)) + scale;
      if (part[i] != '0' && weight < 0) return false;
      if (weight < 0) return true;
      if (digits > 0 || part[i] != '0') ++digits;
      if (digits > precision) return false;
      value = value * 10 + (part[i] - '0');
    }
    return true;
  };
  if (!add(notation->whole, 0) || !add(notation->fraction, static_cast<int>(notation->whole.size()))) return {};
  int rest = point - static_cast<int>(notation->whole.size() + notation->fraction.size()) + scale;
  for (; rest > 0 && value != 0; --rest) {
    if (++digits > precision) return {};
    value *= 10;
  }
  return notation->negative ? -value : value;
}

std::optional<std::int32_t> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return {};
  int century = two(text.data()), rest = two(text.data() + 2);
  int month = two(text.data() + 5), day_of_month = two(text.data() + 8);
  if (century < 0 || rest < 0 || month < 1 || month > 12) return {};
  int year = century * 100 + rest;
  if (year < 1 || day_of_month < 1 || day_of_month > days_in(year, month)) return {};
  return days_since_epoch(year, month, day_of_month);
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  auto micros = take_time(text);
  return text.empty() ? micros : std::nullopt;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text, Zone* zone) {
  *zone = Zone::none;
  auto date = parse_date(text.substr(0, 10));
  if (!date) return {};
  std::int64_t midnight = *date * day;
  if (text.size() == 10) return midnight;
  if (text[10] != 'T' && text[10] != ' ' && text[10] != 't') return {};
  text.remove_prefix(11);
  auto time = take_time(text);
  if (!time) return {};
  if (text.empty()) return midnight + *time;
  auto offset = parse_zone(text);
  if (!offset) return {};
  *zone = Zone::given;
  return midnight + *time - *offset;
}

bool append_text(Column& column, std::string_view text) {
  switch (column.kind()) {
    case Kind::string:
      if (!text.empty()) std::memcpy(column.begin_bytes(text.size()), text.data(), text.size());
      column.end_bytes(text.size());
      return true;
    case Kind::boolean: {
      auto value = parse_boolean(text);
      if (value) column.append_bool(*value);
      return value.has_value();
    }
    case Kind::int32:
    case Kind::int64:
      return append_integer(column, text);
    case Kind::float32:
    case Kind::float64:
      return append_float(column, text);
    case Kind::decimal:
      return append_if(column, parse_decimal(text, column.field().type.precision, column.field().type.scale));
    case Kind::date:
      return append_if(column, parse_date(text));
    case Kind::time:
      return append_if(column, parse_time(text));
    case Kind::timestamp:
    case Kind::timestamptz:
      return append_timestamp(column, text);
    case Kind::uuid: {
      std::array<std::uint8_t, 16> bytes;
      if (!parse_uuid(text, bytes)) return false;
      column.append(bytes);
      return true;
    }
    case Kind::binary:
      return append_base64(column, text);
    case Kind::list:
    case Kind::structure:
      return false;
  }
  return false;
}

std::string shorten(std::string_view text) {
  constexpr std::size_t most = 64;
  if (text.size() <= most) return std::string(text);
  std::size_t cut = most;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return std::string(text.substr(0, cut)) + "…";
}

std::string misfit(std::string_view column, std::string_view text, const Type& type) {
  std::string reason = "column '" + std::string(column) + "': '" + shorten(text) + "' is not ";
  std::string name = type.name();
  bool vowel = name[0] == 'i' || name[0] == 'a';
  return reason + (vowel ? "an " : "a ") + (name.size() > 80 ? name.substr(0, name.find('<')) : name);
}

}  // namespace headrace::file
