/* The configuration. The host has validated it against the schema, so that this reader of JSON may be small: it finds
 * members of the outermost object and knows no escapes but that of the quotation mark. */
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

static const char* skip_space(const char* at) { return at + strspn(at, " \t\r\n"); }

/* What follows the string that begins at `at`. */
static const char* skip_string(const char* at) {
  for (at++; *at && *at != '"'; at++)
    if (*at == '\\' && at[1]) at++;
  return *at ? at + 1 : at;
}

/* What follows the value that begins at `at`. */
static const char* skip_value(const char* at) {
  int depth = 0;
  for (; *at; at++) {
    if (*at == '"') at = skip_string(at) - 1;
    if (*at == '{' || *at == '[') depth++;
    if (*at == '}' || *at == ']') depth--;
    if (depth < 0 || (depth == 0 && *at == ',')) return at;
  }
  return at;
}

/* The value of a member, or NULL. */
static const char* member(const char* object, const char* key) {
  const char* at = skip_space(object);
  if (*at != '{') return NULL;
  for (at = skip_space(at + 1); *at == '"'; at = skip_space(at)) {
    const char* name = at + 1;
    at = skip_string(at);
    size_t length = (size_t)(at - 1 - name);
    at = skip_space(at);
    if (*at != ':') return NULL;
    at = skip_space(at + 1);
    if (length == strlen(key) && memcmp(name, key, length) == 0) return at;
    at = skip_value(at);
    if (*at == ',') at++;
  }
  return NULL;
}

static int64_t number(const char* object, const char* key, int64_t otherwise) {
  const char* value = member(object, key);
  return value ? strtoll(value, NULL, 10) : otherwise;
}

static bool flag(const char* object, const char* key, bool otherwise) {
  const char* value = member(object, key);
  return value ? *value == 't' : otherwise;
}

/* Whether the member is there and fits. */
static bool text(const char* object, const char* key, char* out, size_t capacity) {
  const char* value = member(object, key);
  if (!value || *value != '"') return false;
  size_t length = 0;
  for (value++; *value && *value != '"'; value++) {
    if (*value == '\\' && value[1]) value++;
    if (length + 1 >= capacity) return false;
    out[length++] = *value;
  }
  out[length] = 0;
  return true;
}

static int64_t within(int64_t least, int64_t value, int64_t most) {
  return value < least ? least : value > most ? most : value;
}

/* Unless the configuration says where: with a batch if that can be, and otherwise wherever it can. */
static const char* read_place(const char* object, struct settings* out) {
  char name[64];
  uint32_t places = out->misbehaviour->places;
  out->at = places & WITH_BATCH ? places & WITH_BATCH : places;
  if (!text(object, "at", name, sizeof name)) return NULL;
  out->at = find_place(name);
  if (out->at == 0) return "'at' names no function";
  return out->at & places ? NULL : "this misbehaviour cannot happen in the function that 'at' names";
}

const char* read_settings(const char* object, struct settings* out) {
  char name[64];
  memset(out, 0, sizeof *out);
  out->after = within(0, number(object, "after", 0), INT64_MAX);
  out->is_repeated = flag(object, "every", false);
  out->uses_allocator = flag(object, "allocator", true);
  out->rows = within(0, number(object, "rows", 5000), 1000000);
  out->batch_rows = within(1, number(object, "batch_rows", 250), 10000);
  out->n_splits = within(1, number(object, "splits", 1), 8);
  out->seconds = within(0, number(object, "seconds", 60), 600);
  out->amount = number(object, "amount", -1);
  out->port = within(0, number(object, "port", 9), 65535);
  text(object, "path", out->path, sizeof out->path);
  text(object, "once", out->once, sizeof out->once);
  if (!text(object, "misbehaviour", name, sizeof name) || strcmp(name, "none") == 0) return NULL;
  out->misbehaviour = find_misbehaviour(name);
  return out->misbehaviour ? read_place(object, out) : "'misbehaviour' names none that there is";
}
