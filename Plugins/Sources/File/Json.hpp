// Strict JSON (RFC 8259) over one line: the pieces that the reader and the inference are made of.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace headrace::file {

/// Walks over a line. After a function has returned false, `problem` says why and `at` where. 64 bytes behind `end`
/// must be readable.
struct JsonCursor {
  const char* at = nullptr;
  const char* end = nullptr;
  const char* problem = nullptr;

  static constexpr int deepest = 128;

  bool fail(const char* why) {
    problem = why;
    return false;
  }

  /// A line feed never occurs within a line, so it is no space here.
  void skip_space() {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) ++at;
  }

  bool is_at(char c) const { return at < end && *at == c; }

  /// Over a string, from its opening quote. `inside` is what stands between the quotes, escapes and all.
  bool skip_string(std::string_view& inside, bool& has_escapes);

  /// Over a number. False in `is_integer` if it has a fraction or an exponent.
  bool skip_number(bool& is_integer);

  /// Over any value.
  bool skip_value(int depth = 0);

  bool skip_word(std::string_view word) {
    if (static_cast<std::size_t>(end - at) < word.size() || std::memcmp(at, word.data(), word.size()) != 0) {
      return fail("expected a value");
    }
    at += word.size();
    return true;
  }

 private:
  bool skip_object(int depth);
  bool skip_array(int depth);
};

/// How many of the bytes from `at` on are plain: no quote, no backslash, no control character. Looks at 16.
inline unsigned plain_prefix(const char* at) {
#if defined(__SSE2__)
  __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  unsigned mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control)));
  return mask == 0 ? 16 : static_cast<unsigned>(std::countr_zero(mask));
#else
  for (unsigned i = 0; i < 16; ++i) {
    auto c = static_cast<unsigned char>(at[i]);
    if (c == '"' || c == '\\' || c < 0x20) return i;
  }
  return 16;
#endif
}

/// Appends what the escapes in `inside` stand for. False if one of them is none, or is half a surrogate pair.
bool unescape(std::string_view inside, std::string& out);

}  // namespace headrace::file
