/* What the tests may ask the zoo beside the plugin ABI: the table of README.md. Found by name in the loaded library. */
#ifndef HEADRACE_ZOO_H
#define HEADRACE_ZOO_H

#include <stdint.h>

/* One way to misbehave. All that is pointed to is constant. */
typedef struct headrace_zoo_item {
  const char* name;        /* what `misbehaviour` in the configuration says */
  const char* subject;     /* the file: `crashes`, `hangs`, `resources`, `process`, `arrow`, `contract`, ... */
  const char* description; /* one line */
  const char* bound;       /* where it stops by itself */
  char places[160];        /* what `at` may say: names of functions with spaces between them */
} headrace_zoo_item;

/* [any thread] Writes the item of that number and returns 1, or returns 0 past the last one. */
__attribute__((visibility("default"))) int32_t headrace_zoo_item_at(uint64_t index, headrace_zoo_item* out);

#endif /* HEADRACE_ZOO_H */
