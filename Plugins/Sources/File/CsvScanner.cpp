#include "CsvScanner.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace headrace::file {

namespace {

const char* find(const char* at, const char* end, char c) {
  return static_cast<const char*>(std::memchr(at, c, static_cast<std::size_t>(end - at)));
}

}  // namespace

/// A bit for each of the 16 bytes from `at` on that ends a field or opens a quote.
inline unsigned CsvScanner::special_mask(const char* at) const {
#if defined(__SSE2__)
  __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  __m128i hits = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(delimiter_));
  hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));
  // Without quoting the quote is the line feed once more.
  hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(quote_ != 0 ? quote_ : '\n')));
  return static_cast<unsigned>(_mm_movemask_epi8(hits));
#else
  unsigned mask = 0;
  for (unsigned i = 0; i < 16; ++i) {
    if (at[i] == delimiter_ || at[i] == '\n' || (quote_ != 0 && at[i] == quote_)) mask |= 1u << i;
  }
  return mask;
#endif
}

inline const char* CsvScanner::find_special(const char* at, const char* end) const {
  for (; at < end; at += 16) {
    unsigned mask = special_mask(at);
    if (mask != 0) return std::min(at + std::countr_zero(mask), end);
  }
  return end;
}

CsvScanner::Outcome CsvScanner::fail(const char* why, const char* at, const char* end, bool is_last) {
  const char* line_end = find(at, end, '\n');
  if (line_end == nullptr && !is_last) return Outcome::incomplete;
  problem = why;
  next = line_end == nullptr ? end : line_end + 1;
  return Outcome::bad;
}

CsvScanner::Outcome CsvScanner::scan(const char* at, const char* end, bool is_last) {
  fields.clear();
  is_unclosed = has_quotes = false;
  const char* start = at;
  while (true) {
    if (quote_ != 0 && at < end && *at == quote_) {
      bool is_record_end = false;
      Outcome outcome = quoted_field(at, end, is_last, is_record_end);
      // Of a quote that is never closed only the first line is given up: what follows may be sound.
      if (is_unclosed) return fail(problem, start, end, is_last);
      if (outcome != Outcome::record || is_record_end) return outcome;
      continue;
    }
    const char* stop = find_special(at, end);
    if (stop == end && !is_last) return Outcome::incomplete;
    CsvField field{std::string_view(at, static_cast<std::size_t>(stop - at)), false, false};
    if (stop == end || *stop == '\n') {
      if (!field.text.empty() && field.text.back() == '\r') field.text.remove_suffix(1);
      fields.push_back(field);
      next = stop == end ? end : stop + 1;
      return Outcome::record;
    }
    if (*stop != delimiter_) return fail("a quote within a field that does not begin with one", stop, end, is_last);
    fields.push_back(field);
    at = stop + 1;
  }
}

/// From an opening quote to behind the delimiter or the line break that follows the closing one.
CsvScanner::Outcome CsvScanner::quoted_field(const char*& at, const char* end, bool is_last, bool& is_record_end) {
  const char* start = at + 1;
  const char* stop = start;
  has_quotes = true;
  bool has_doubled = false;
  while (true) {
    stop = find(stop, end, quote_);
    if (stop == nullptr) {
      if (!is_last) return Outcome::incomplete;
      is_unclosed = true;
      problem = "the quote that is opened here is never closed";
      return Outcome::bad;
    }
    if (stop + 1 == end && !is_last) return Outcome::incomplete;
    if (stop + 1 == end || stop[1] != quote_) break;
    has_doubled = true;
    stop += 2;
  }
  fields.push_back({std::string_view(start, static_cast<std::size_t>(stop - start)), true, has_doubled});
  const char* after = stop + 1;
  if (after < end && *after == delimiter_) return at = after + 1, Outcome::record;
  if (after < end && *after == '\r') {
    if (++after == end && !is_last) return Outcome::incomplete;
  }
  is_record_end = after == end || *after == '\n';
  if (!is_record_end) return fail("text between a closing quote and the next delimiter", stop, end, is_last);
  next = after == end ? end : after + 1;
  return Outcome::record;
}

std::string CsvScanner::unquoted(const CsvField& field) const {
  std::string out;
  out.reserve(field.text.size());
  for (std::size_t i = 0; i < field.text.size(); ++i) {
    out.push_back(field.text[i]);
    if (field.text[i] == quote_) ++i;
  }
  return out;
}

}  // namespace headrace::file
