/* The script of an instance: for each function a list of steps, one for each call. See README.md. */
#ifndef HEADRACE_SCRIPT_H
#define HEADRACE_SCRIPT_H

#include <headrace/ext/draft/llm.h>
#include <headrace/headrace.h>
#include <stdbool.h>
#include <stddef.h>

enum counter {
  CREATED, DESTROYED, INITS, DEINITS, CALLS, CANCELS, ERRORS, ERRORS_RELEASED, BATCHES, BATCHES_RELEASED, ARRAYS,
  ARRAYS_RELEASED, SCHEMAS, SCHEMAS_RELEASED, LISTS, LISTS_RELEASED, READERS, READERS_CLOSED, WRITERS,
  WRITERS_CLOSED, ACKS, COUNTERS
};

void count(enum counter what);

/* One step: a status and words such as `rows=3`, at most 511 bytes of text; and the row that a reader is at. */
struct step {
  char text[512];
  int64_t row;
};

struct headrace_instance {
  const headrace_host* host;
  char* config;
  int cursor[16]; /* by function: the next step */
  bool cancelled;
  int64_t batches;
};

/* The next step of a function; the one written `ok` once the list has come to its end. */
struct step next_step(headrace_instance* instance, const char* function);

/* Whether a word is there, its number (or `otherwise`), and its text (or NULL; valid until the next call). */
bool step_has(const struct step* step, const char* key);
int64_t step_number(const struct step* step, const char* key, int64_t otherwise);
const char* step_text(const struct step* step, const char* key);

/* A number of the configuration. */
int64_t config_number(const headrace_instance* instance, const char* key, int64_t otherwise);

/* A text of the configuration; false if there is none. */
bool config_text(const headrace_instance* instance, const char* key, char* out, size_t capacity);

/* Does what all functions have in common: waits, logs, crashes, and gives the status with its error. */
headrace_status play(headrace_instance* instance, const headrace_call* call, const struct step* step,
                     headrace_error* error);

headrace_string text_of(const char* text);

/* A schema of `id` (int64) and `name` (utf8), and rows of it, counted from `first`. */
void make_schema(struct ArrowSchema* out);
/* The columns of another schema, without its metadata. */
void copy_schema(const struct ArrowSchema* from, struct ArrowSchema* out);
void make_rows(int64_t first, int64_t rows, struct ArrowArray* out);

/* Breaks an array in the way that `how` names. */
void malform(struct ArrowArray* array, const char* how);

/* `n` rejects into a batch, of the rows 0..<n in a transform; and what releases them. */
void add_rejects(headrace_batch* out, int64_t n, bool has_rows, const char* how);

/* A list of `n` structures of one size, all in one block, as lists in the ABI are laid out. */
struct block {
  void** items;
  char* structures;
};
struct block make_block(int64_t n, size_t size);

extern const headrace_source scripted_source;
extern const headrace_transform scripted_transform;
extern const headrace_detector scripted_detector;
extern const headrace_format scripted_format;
extern const headrace_llm scripted_llm;
extern const headrace_factory scripted_factory;

#endif /* HEADRACE_SCRIPT_H */
