#include "Json.hpp"

namespace headrace::file {

namespace {

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// The value of four hexadecimal digits, or -1.
int hex4(std::string_view text) {
  if (text.size() < 4) return -1;
  int value = 0;
  for (char c : text.substr(0, 4)) {
    int digit = is_digit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(unsigned point, std::string& out) {
  auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | (point >> shift & 0x3f))); };
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out.push_back(static_cast<char>(0xc0 | point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | point >> 12));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0 | point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Takes what follows `\u`, a pair of surrogates included.
bool take_unicode(std::string_view& rest, std::string& out) {
  int unit = hex4(rest);
  if (unit < 0) return false;
  rest.remove_prefix(4);
  if (unit < 0xd800 || unit > 0xdfff) {
    append_utf8(static_cast<unsigned>(unit), out);
    return true;
  }
  if (unit > 0xdbff || rest.substr(0, 2) != "\\u") return false;
  int low = hex4(rest.substr(2));
  if (low < 0xdc00 || low > 0xdfff) return false;
  rest.remove_prefix(6);
  append_utf8(0x10000u + (static_cast<unsigned>(unit - 0xd800) << 10) + static_cast<unsigned>(low - 0xdc00), out);
  return true;
}

}  // namespace

bool unescape(std::string_view rest, std::string& out) {
  while (!rest.empty()) {
    std::size_t slash = rest.find('\\');
    out.append(rest.substr(0, slash));
    if (slash == std::string_view::npos) return true;
    if (slash + 1 >= rest.size()) return false;
    char c = rest[slash + 1];
    rest.remove_prefix(slash + 2);
    static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    std::size_t simple = from.find(c);
    if (simple != std::string_view::npos) {
      out.push_back(to[simple]);
    } else if (c != 'u' || !take_unicode(rest, out)) {
      return false;
    }
  }
  return true;
}

bool JsonCursor::skip_string(std::string_view& inside, bool& has_escapes) {
  if (!is_at('"')) return fail("expected a string");
  const char* start = ++at;
  has_escapes = false;
  while (at < end) {
    unsigned plain = plain_prefix(at);
    at += plain;
    if (plain == 16) continue;
    if (at >= end) break;
    if (*at == '"') {
      inside = std::string_view(start, static_cast<std::size_t>(at - start));
      ++at;
      return true;
    }
    if (*at != '\\') return fail("a control character in a string must be escaped");
    has_escapes = true;
    at += 2;
  }
  at = end;
  return fail("the string is not closed");
}

bool JsonCursor::skip_number(bool& is_integer) {
  is_integer = true;
  if (is_at('-')) ++at;
  if (at >= end || !is_digit(*at)) return fail("expected a value");
  if (*at == '0' && at + 1 < end && is_digit(at[1])) return fail("a number must not begin with 0");
  while (at < end && is_digit(*at)) ++at;
  if (is_at('.')) {
    is_integer = false;
    ++at;
    if (at >= end || !is_digit(*at)) return fail("expected a digit after the point");
    while (at < end && is_digit(*at)) ++at;
  }
  if (at < end && (*at | 0x20) == 'e') {
    is_integer = false;
    ++at;
    if (at < end && (*at == '+' || *at == '-')) ++at;
    if (at >= end || !is_digit(*at)) return fail("expected a digit in the exponent");
    while (at < end && is_digit(*at)) ++at;
  }
  return true;
}

bool JsonCursor::skip_object(int depth) {
  ++at;
  skip_space();
  if (is_at('}')) return ++at, true;
  while (true) {
    std::string_view key;
    bool has_escapes;
    skip_space();
    if (!is_at('"')) return fail("expected a key in quotes");
    const char* start = at;
    if (!skip_string(key, has_escapes)) return false;
    std::string ignored;
    if (has_escapes && !unescape(key, ignored)) return at = start, fail("the key has an escape that is none");
    skip_space();
    if (!is_at(':')) return fail("expected ':' after a key");
    ++at;
    if (!skip_value(depth + 1)) return false;
    skip_space();
    if (is_at('}')) return ++at, true;
    if (!is_at(',')) return fail("expected ',' or '}'");
    ++at;
  }
}

bool JsonCursor::skip_array(int depth) {
  ++at;
  skip_space();
  if (is_at(']')) return ++at, true;
  while (true) {
    if (!skip_value(depth + 1)) return false;
    skip_space();
    if (is_at(']')) return ++at, true;
    if (!is_at(',')) return fail("expected ',' or ']'");
    ++at;
  }
}

bool JsonCursor::skip_value(int depth) {
  skip_space();
  if (at >= end) return fail("the line ends too early");
  if (depth > deepest) return fail("nested too deep");
  switch (*at) {
    case '"': {
      std::string_view inside;
      bool has_escapes;
      const char* start = at;
      if (!skip_string(inside, has_escapes)) return false;
      std::string ignored;
      if (has_escapes && !unescape(inside, ignored)) return at = start, fail("the string has an escape that is none");
      return true;
    }
    case '{':
      return skip_object(depth);
    case '[':
      return skip_array(depth);
    case 't':
      return skip_word("true");
    case 'f':
      return skip_word("false");
    case 'n':
      return skip_word("null");
    default: {
      bool is_integer;
      return skip_number(is_integer);
    }
  }
}

}  // namespace headrace::file
