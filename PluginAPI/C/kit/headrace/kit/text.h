/* Text between C and the ABI. Nothing here allocates. */
#ifndef HEADRACE_KIT_TEXT_H
#define HEADRACE_KIT_TEXT_H

#include <headrace/abi.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The initializer of a `headrace_string` that is a literal, in constants. */
#define KIT_TEXT(literal) {(literal), sizeof(literal) - 1}

/* JSON as it stands, in a constant: `static const char schema[] = KIT_JSON({"type": "object"});`. */
#define KIT_JSON(...) #__VA_ARGS__

/* A `headrace_string` as the two arguments of `%.*s`; at most 256 bytes of it. */
#define KIT_ARGS(text) (int)((text).length < 256 ? (text).length : 256), ((text).length ? (text).data : "")

/* Borrows `text`, which must outlive the result. */
static inline headrace_string kit_text(const char* text) {
  headrace_string result = {text, strlen(text)};
  return result;
}

/* Whether the two are the same bytes. */
static inline bool kit_equal(headrace_string text, headrace_string other) {
  return text.length == other.length && (text.length == 0 || memcmp(text.data, other.data, text.length) == 0);
}

static inline bool kit_is(headrace_string text, const char* other) { return kit_equal(text, kit_text(other)); }

/* Whether `pattern` has a `*`: one without has to match something, see `discover`. */
static inline bool kit_is_open_pattern(headrace_string pattern) {
  return pattern.length != 0 && memchr(pattern.data, '*', pattern.length) != NULL;
}

/* Whether `pattern` means `name`: `*` stands for any text, also for none. Takes time in proportion to the product of
 * the lengths at most, whatever the pattern. */
static inline bool kit_matches(headrace_string pattern, headrace_string name) {
  const uint64_t none = UINT64_MAX;
  uint64_t at = 0, in = 0, star = none, resume = 0;
  while (in < name.length) {
    if (at < pattern.length && pattern.data[at] == '*') {
      star = at++;
      resume = in;
    } else if (at < pattern.length && pattern.data[at] == name.data[in]) {
      at++;
      in++;
    } else if (star != none) { /* the last star takes one more character */
      at = star + 1;
      in = ++resume;
    } else {
      return false;
    }
  }
  while (at < pattern.length && pattern.data[at] == '*') at++;
  return at == pattern.length;
}

/* Reads all of `bytes` as a decimal integer, such as a position that is kept as text. False, with `out` left alone,
 * if it is anything else or too large. */
static inline bool kit_parse_int64(headrace_bytes bytes, int64_t* out) {
  bool is_negative = bytes.length != 0 && bytes.data[0] == '-';
  uint64_t at = is_negative, value = 0;
  if (at == bytes.length) return false;
  for (; at < bytes.length; at++) {
    if (bytes.data[at] < '0' || bytes.data[at] > '9') return false;
    uint64_t digit = (uint64_t)(bytes.data[at] - '0');
    if (value > ((uint64_t)INT64_MAX - digit) / 10) return false; /* INT64_MIN is not read: nobody counts there */
    value = value * 10 + digit;
  }
  *out = is_negative ? -(int64_t)value : (int64_t)value;
  return true;
}

/* The number of bytes of the character that `at` begins with, or 0 if that is not UTF-8. */
static inline size_t kit_utf8_length_(const unsigned char* at, size_t left) {
  size_t length = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
  if (length > left) return 0;
  for (size_t index = 1; index < length; index++)
    if ((at[index] & 0xc0) != 0x80) return 0;
  if (length < 3) return length;
  bool is_overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
  bool is_outside = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
  return is_overlong || is_outside ? 0 : length;
}

/* Puts `?` in place of every byte of `text` that is not UTF-8, as the end of a character that was cut. */
static inline void kit_make_utf8(char* text, size_t length) {
  for (size_t at = 0; at < length;) {
    size_t character = kit_utf8_length_((const unsigned char*)text + at, length - at);
    if (character == 0) text[at] = '?';
    at += character == 0 ? 1 : character;
  }
}

/* THE GROWTH RULE: a structure of the other side's may be of an older or newer revision than these headers. */

/* Copies what there is of `theirs` to `mine`, which has `size` bytes; the rest becomes zero. */
static inline void kit_known(void* mine, size_t size, const void* theirs) {
  uint32_t known;
  memcpy(&known, theirs, sizeof known);
  memset(mine, 0, size);
  memcpy(mine, theirs, known < size ? known : size);
}

/* Copies what there is room for of `mine`, which has `size` bytes, to `theirs`, and leaves its `struct_size` alone. */
static inline void kit_fill(void* theirs, const void* mine, size_t size) {
  uint32_t known;
  memcpy(&known, theirs, sizeof known);
  if (known < size) size = known;
  if (size > sizeof known) memcpy((char*)theirs + sizeof known, (const char*)mine + sizeof known, size - sizeof known);
}

#endif /* HEADRACE_KIT_TEXT_H */
