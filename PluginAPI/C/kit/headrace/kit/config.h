/* Members of the configuration: one flat JSON object, which the host has validated against the plugin's schema and
 * filled with the defaults. A member that is missing or of another type all the same is HEADRACE_INVALID_CONFIG, with
 * its name in the message. What it nests is skipped; a plugin that nests needs a JSON parser of its own. */
#ifndef HEADRACE_KIT_CONFIG_H
#define HEADRACE_KIT_CONFIG_H

#include <headrace/kit/error.h>

#include <locale.h>

static inline const char* kit_json_space_(const char* at, const char* end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
  return at;
}

/* Four hexadecimal digits, or -1. */
static inline long kit_json_hex_(const char* at, const char* end) {
  long value = 0;
  if (end - at < 4) return -1;
  for (int index = 0; index < 4; index++) {
    char digit = at[index];
    int is_letter = (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F');
    if (!is_letter && (digit < '0' || digit > '9')) return -1;
    value = value * 16 + (is_letter ? (digit | 32) - 'a' + 10 : digit - '0');
  }
  return value;
}

/* A character as UTF-8. NUL and halves of pairs, which a C string or UTF-8 cannot hold, become U+FFFD. */
static inline int kit_json_utf8_(unsigned long character, char out[4]) {
  if (character == 0 || (character >= 0xd800 && character < 0xe000)) character = 0xfffd;
  int length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (int index = length - 1; index > 0; index--, character >>= 6) out[index] = (char)(0x80 | (character & 0x3f));
  out[0] = (char)(marks[length] | character);
  return length;
}

/* The next piece of the string that `*at` is in: its number of bytes, 0 behind the closing quote, or -1. */
static inline int kit_json_character_(const char** at, const char* end, char out[4]) {
  static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  if (*at >= end) return -1;
  out[0] = *(*at)++;
  if (out[0] == '"') return 0;
  if (out[0] != '\\') return 1;
  if (*at >= end) return -1;
  char escape = *(*at)++;
  const char* found = escape ? strchr(escapes, escape) : NULL;
  if (found) {
    out[0] = meanings[found - escapes];
    return 1;
  }
  long high = escape == 'u' ? kit_json_hex_(*at, end) : -1;
  if (high < 0) return -1;
  *at += 4;
  bool may_be_pair = high >= 0xd800 && high < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u';
  long low = may_be_pair ? kit_json_hex_(*at + 2, end) : -1;
  if (low < 0xdc00 || low > 0xdfff) return kit_json_utf8_((unsigned long)high, out);
  *at += 6;
  return kit_json_utf8_((unsigned long)(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)), out);
}

/* Behind the string whose opening quote stands before `at`, which is decoded to `out` unless that is NULL; or NULL.
 * No escape is shorter than what it means. */
static inline const char* kit_json_string_(const char* at, const char* end, char* out) {
  char piece[4];
  int length;
  while ((length = kit_json_character_(&at, end, piece)) > 0) {
    if (!out) continue;
    memcpy(out, piece, (size_t)length);
    out += length;
  }
  if (out) *out = 0;
  return length == 0 ? at : NULL;
}

/* Behind the value at `at`, whatever it nests; or NULL. */
static inline const char* kit_json_skip_(const char* at, const char* end) {
  for (uint64_t depth = 0; at && at < end;) {
    char character = *at;
    if (depth == 0 && strchr(",}]", character)) return at;
    at = character == '"' ? kit_json_string_(at + 1, end, NULL) : at + 1;
    depth += character == '{' || character == '[';
    depth -= character == '}' || character == ']';
  }
  return NULL;
}

/* Behind the string, as above; `*is_equal` tells whether it means `key`. */
static inline const char* kit_json_key_(const char* at, const char* end, const char* key, bool* is_equal) {
  char piece[4];
  int length;
  *is_equal = true;
  while ((length = kit_json_character_(&at, end, piece)) > 0) {
    *is_equal = *is_equal && strncmp(key, piece, (size_t)length) == 0;
    if (*is_equal) key += length;
  }
  *is_equal = *is_equal && *key == 0;
  return length == 0 ? at : NULL;
}

/* The value of a member, up to `*end`; or NULL. */
static inline const char* kit_json_member_(headrace_string config, const char* key, const char** end) {
  const char* last = config.data + config.length;
  const char* at = kit_json_space_(config.data, last);
  if (config.length == 0 || at == last || *at != '{') return NULL;
  do {
    bool is_found;
    at = kit_json_space_(at + 1, last);
    if (at == last || *at != '"') return NULL;
    at = kit_json_key_(at + 1, last, key, &is_found);
    if (!at) return NULL;
    at = kit_json_space_(at, last);
    if (at == last || *at != ':') return NULL;
    const char* value = kit_json_space_(at + 1, last);
    at = kit_json_skip_(value, last);
    if (!at) return NULL;
    *end = at;
    if (is_found) return value;
  } while (*at == ',');
  return NULL;
}

static inline headrace_status kit_bad_member_(headrace_error* error, const char* key, const char* type) {
  return kit_fail(error, HEADRACE_INVALID_CONFIG, "the configuration has no %s '%s'", type, key);
}

/* Whether there is a member of that name: for those that the schema neither requires nor gives a default. */
static inline bool kit_has(headrace_string config, const char* key) {
  const char* end;
  return kit_json_member_(config, key, &end) != NULL;
}

/* Reads a string. U+0000 becomes U+FFFD, so that it ends where it ends. OWNERSHIP: the caller frees `*out`. */
static inline headrace_status kit_string(headrace_string config, const char* key, char** out, headrace_error* error) {
  const char* end = NULL;
  const char* value = kit_json_member_(config, key, &end);
  if (!value || *value != '"') return kit_bad_member_(error, key, "string");
  char* text = (char*)malloc((size_t)(end - value) + 1);
  if (!text) return kit_no_memory(error);
  kit_json_string_(value + 1, end, text);
  *out = text;
  return HEADRACE_OK;
}

/* The characters of a number, in `text`, with the decimal point of the process's locale as `strtod` wants it. */
static inline bool kit_number_text_(headrace_string config, const char* key, char text[512]) {
  const char* end = NULL;
  const char* value = kit_json_member_(config, key, &end);
  size_t length = 0;
  if (!value || (*value != '-' && (*value < '0' || *value > '9'))) return false;
  for (; value < end && strchr("+-.0123456789eE", *value) && *value; value++) {
    if (length == 511) return false;
    text[length++] = *value == '.' ? *localeconv()->decimal_point : *value;
  }
  text[length] = 0;
  return kit_json_space_(value, end) == end;
}

/* Reads a number. */
static inline headrace_status kit_number(headrace_string config, const char* key, double* out, headrace_error* error) {
  char text[512], *end = NULL;
  double value = kit_number_text_(config, key, text) ? strtod(text, &end) : 0;
  if (!end || *end) return kit_bad_member_(error, key, "number");
  *out = value;
  return HEADRACE_OK;
}

/* Reads an integer; one that is written `1000.0` or `1e3` as well, as the schema allows that. */
static inline headrace_status kit_int64(headrace_string config, const char* key, int64_t* out, headrace_error* error) {
  char text[512];
  if (!kit_number_text_(config, key, text)) return kit_bad_member_(error, key, "integer");
  headrace_bytes digits = {(const uint8_t*)text, strlen(text)};
  if (kit_parse_int64(digits, out)) return HEADRACE_OK;
  double value = strtod(text, NULL);
  bool fits = value > -9007199254740993.0 && value < 9007199254740993.0;
  if (!fits || (double)(int64_t)value < value || (double)(int64_t)value > value)
    return kit_bad_member_(error, key, "integer of 64 bits");
  *out = (int64_t)value;
  return HEADRACE_OK;
}

/* Reads true or false. */
static inline headrace_status kit_bool(headrace_string config, const char* key, bool* out, headrace_error* error) {
  const char* end = NULL;
  const char* value = kit_json_member_(config, key, &end);
  bool is_true = value && end - value >= 4 && memcmp(value, "true", 4) == 0;
  bool is_false = value && end - value >= 5 && memcmp(value, "false", 5) == 0;
  if (!is_true && !is_false) return kit_bad_member_(error, key, "boolean");
  *out = is_true;
  return HEADRACE_OK;
}

#endif /* HEADRACE_KIT_CONFIG_H */
