/* What a well-behaved library has; each file beside this one breaks one rule. */
#ifndef BROKEN_BASE_H
#define BROKEN_BASE_H

#include <headrace/headrace.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static inline headrace_status agree(uint32_t minimum, uint32_t maximum, uint32_t* version, headrace_error* error) {
  (void)minimum, (void)maximum, (void)error;
  *version = HEADRACE_ABI_VERSION;
  return HEADRACE_OK;
}

static inline const void* offer_nothing(headrace_string id) {
  (void)id;
  return NULL;
}

static inline int is(headrace_string id, const char* text) {
  return id.length == strlen(text) && memcmp(id.data, text, id.length) == 0;
}

#define NAME {"broken", 6}
#define VERSION {"1.0.0", 5}

#endif /* BROKEN_BASE_H */
