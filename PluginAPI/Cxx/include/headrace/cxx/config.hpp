/// Members of a flat configuration. The host has validated it against the plugin's schema and filled in the defaults.
/// A plugin whose configuration nests has a JSON parser of its own.
#pragma once

#include <headrace/cxx/error.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <locale>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

namespace headrace {

/// One JSON object. What is missing, or of another type than asked for, is INVALID_CONFIG, with its name.
class Config {
 public:
  /// Throws INVALID_CONFIG if `json` is no object.
  explicit Config(std::string_view json) : at_(json) {
    expect('{');
    while (next() != '}') {
      if (!members_.empty()) expect(',');
      expect('"');
      std::string key = string();
      expect(':');
      next();
      members_[std::move(key)] = value();
    }
  }

  bool has(std::string_view key) const { return members_.find(key) != members_.end(); }

  std::string text(std::string_view key) const {
    const std::string_view value = member(key, '"', '"', "text");
    return Config(value.substr(1), 0).string();
  }

  double number(std::string_view key) const {
    const std::string_view value = member(key, '-', '9', "number");
    double result = 0;
    if (!parse(value, result)) throw wrong(key, "number");
    return result;
  }

  /// One that is written `1000.0` or `1e3` as well, as a schema allows that.
  int64_t integer(std::string_view key) const {
    const std::string_view value = member(key, '-', '9', "integer");
    int64_t result = 0;
    double wide = 0;
    if (parse(value, result)) return result;
    constexpr double exact = 9007199254740992.0;
    if (!parse(value, wide) || !(wide >= -exact && wide <= exact)) throw wrong(key, "integer of 64 bits");
    result = static_cast<int64_t>(wide);
    if (static_cast<double>(result) < wide || static_cast<double>(result) > wide) throw wrong(key, "integer");
    return result;
  }

  bool boolean(std::string_view key) const {
    const std::string_view value = member(key, 'f', 't', "boolean");
    if (value != "true" && value != "false") throw wrong(key, "boolean");
    return value == "true";
  }

 private:
  std::map<std::string, std::string_view, std::less<>> members_;
  std::string_view at_;

  Config(std::string_view rest, int) : at_(rest) {}

  static Error wrong(std::string_view key, const char* type) {
    return Error(HEADRACE_INVALID_CONFIG,
                 std::string("the configuration has no ") + type + " '" + std::string(key) + "'");
  }

  /// The characters of a member that begins with a character from `first` to `last`.
  std::string_view member(std::string_view key, char first, char last, const char* type) const {
    const auto found = members_.find(key);
    if (found == members_.end() || found->second.empty()) throw wrong(key, type);
    if (found->second[0] < first || found->second[0] > last) throw wrong(key, type);
    return found->second;
  }

  /// Reads all of `value`, in no locale.
  template <class Number>
  static bool parse(std::string_view value, Number& out) {
    std::istringstream stream{std::string(value)};
    stream.imbue(std::locale::classic());
    return value[0] != '.' && stream >> out && stream.peek() == std::istringstream::traits_type::eof();
  }

  char take() {
    if (at_.empty()) throw Error(HEADRACE_INVALID_CONFIG, "the configuration is not a JSON object");
    const char character = at_.front();
    at_.remove_prefix(1);
    return character;
  }

  /// The next character that is not a space, which stays.
  char next() {
    at_.remove_prefix(std::min(at_.find_first_not_of(" \t\r\n"), at_.size()));
    return at_.empty() ? '\0' : at_.front();
  }

  void expect(char character) {
    if (next() != character) throw Error(HEADRACE_INVALID_CONFIG, "the configuration is not a JSON object");
    take();
  }

  /// Passes over a value and gives its characters.
  std::string_view value() {
    const std::string_view from = at_;
    for (std::size_t depth = 0; depth > 0 || std::string_view(",}]").find(next()) == std::string_view::npos;) {
      const char character = take();
      if (character == '"') string();
      if (character == '{' || character == '[') ++depth;
      if (character == '}' || character == ']') --depth;
    }
    const std::string_view all = from.substr(0, from.size() - at_.size());
    return all.substr(0, all.find_last_not_of(" \t\r\n") + 1);
  }

  /// The text up to the closing quote.
  std::string string() {
    static constexpr std::string_view escapes = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    std::string text;
    for (char character = take(); character != '"'; character = take()) {
      if (character != '\\') {
        text += character;
        continue;
      }
      character = take();
      const std::size_t escape = escapes.find(character);
      if (escape != std::string_view::npos) text += meanings[escape];
      else if (character == 'u') append_utf8(text, code_point());
      else throw Error(HEADRACE_INVALID_CONFIG, "the configuration has a wrong escape");
    }
    return text;
  }

  uint32_t hex() {
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const std::size_t digit = std::string_view("0123456789abcdef0123456789ABCDEF").find(take());
      if (digit == std::string_view::npos) throw Error(HEADRACE_INVALID_CONFIG, "the configuration has a wrong escape");
      value = value * 16 + static_cast<uint32_t>(digit % 16);
    }
    return value;
  }

  /// Half of a pair, which UTF-8 cannot hold, becomes U+FFFD.
  uint32_t code_point() {
    const uint32_t high = hex();
    if (high < 0xd800 || high > 0xdfff) return high;
    if (high > 0xdbff || at_.substr(0, 2) != "\\u") return 0xfffd;
    const std::string_view before = at_;
    at_.remove_prefix(2);
    const uint32_t low = hex();
    if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    at_ = before;
    return 0xfffd;
  }

  static void append_utf8(std::string& text, uint32_t code) {
    const int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static constexpr unsigned char marks[] = {0, 0xc0, 0xe0, 0xf0};
    text += static_cast<char>(marks[more] | (code >> (6 * more)));
    for (int i = more - 1; i >= 0; --i) text += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
  }
};

}  // namespace headrace
