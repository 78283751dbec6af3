/* Rows that could not be read or transformed, beside those that could:
 *
 *   kit_rejects rejects = KIT_NO_REJECTS;
 *   for (each row)
 *     if (it is wrong) kit_reject(&rejects, -1, place, record, "column 'amount': '%s' is not a number", cell);
 *     else ...
 *   KIT_TRY(kit_end_batch(&rows, position, ordinal, -1, out, error));
 *   return kit_end_rejects(&rejects, out, error);
 *
 * As with rows, a failure such as no memory is kept until the end and told there. */
#ifndef HEADRACE_KIT_REJECTS_H
#define HEADRACE_KIT_REJECTS_H

#include <headrace/data.h>
#include <headrace/kit/error.h>

/* The most bytes of a record that a reject may have. */
#define KIT_RECORD_BYTES 65536

/* One of them, with its texts behind it. */
struct kit_reject_ {
  headrace_reject reject;
  char text[];
};

typedef struct kit_rejects {
  headrace_reject** items; /* each the beginning of a `kit_reject_` */
  size_t n, capacity;
  bool is_cut; /* a record was longer than it may be */
  const char* failure;
} kit_rejects;

#define KIT_NO_REJECTS {NULL, 0, 0, false, NULL}

/* Gives them up. Not needed after the end below. */
static inline void kit_rejects_abandon(kit_rejects* rejects) {
  for (size_t index = 0; index < rejects->n; index++) free(rejects->items[index]);
  free(rejects->items);
  rejects->items = NULL;
  rejects->n = rejects->capacity = 0;
}

static inline void kit_rejects_fail_(kit_rejects* rejects) {
  rejects->failure = "out of memory";
  kit_rejects_abandon(rejects);
}

/* Room for one more pointer. */
static inline bool kit_rejects_grow_(kit_rejects* rejects) {
  if (rejects->n < rejects->capacity) return true;
  size_t capacity = rejects->capacity ? 2 * rejects->capacity : 16;
  void* grown = realloc(rejects->items, capacity * sizeof *rejects->items);
  if (!grown) return false;
  rejects->items = (headrace_reject**)grown;
  rejects->capacity = capacity;
  return true;
}

static inline struct kit_reject_* kit_reject_new_(headrace_string place, headrace_bytes record, const char* reason) {
  size_t length = strlen(reason);
  struct kit_reject_* made =
      (struct kit_reject_*)calloc(1, sizeof *made + (size_t)place.length + (size_t)record.length + length + 1);
  if (!made) return NULL;
  char* text = made->text;
  made->reject.struct_size = sizeof made->reject;
  made->reject.status = HEADRACE_BAD_RECORD;
  if (place.length) memcpy(text, place.data, (size_t)place.length);
  kit_make_utf8(text, (size_t)place.length);
  made->reject.place.data = text;
  made->reject.place.length = place.length;
  text += place.length;
  memcpy(text, reason, length);
  kit_make_utf8(text, length);
  made->reject.reason.data = text;
  made->reject.reason.length = length;
  text += length;
  if (record.length) memcpy(text, record.data, (size_t)record.length);
  made->reject.record.data = (const uint8_t*)text;
  made->reject.record.length = record.length;
  return made;
}

/* Adds one. `row` is its index in the input of a transform, and -1 in a source; `place` says where it stands in the
 * source, for a person: `orders.csv:14`; `record` is the row as it came, of which the first 64 KiB are kept. The
 * reason is written like `printf`. All is copied; what is no UTF-8 in place and reason becomes `?`. */
KIT_PRINTF_(5, 6)
static inline void kit_reject(kit_rejects* rejects, int64_t row, headrace_string place, headrace_bytes record,
                              const char* format, ...) {
  if (rejects->failure) return;
  va_list arguments;
  va_start(arguments, format);
  char* reason = kit_format_list(format, arguments);
  va_end(arguments);
  if (record.length > KIT_RECORD_BYTES) {
    record.length = KIT_RECORD_BYTES;
    rejects->is_cut = true;
  }
  struct kit_reject_* made = reason ? kit_reject_new_(place, record, reason) : NULL;
  free(reason);
  if (!made || !kit_rejects_grow_(rejects)) {
    free(made);
    kit_rejects_fail_(rejects);
    return;
  }
  made->reject.row = row;
  rejects->items[rejects->n++] = &made->reject;
}

/* What a batch with rejects had to be released, and the rejects. */
struct kit_rejected_ {
  void* private_data;
  void (*release)(headrace_batch* batch);
  kit_rejects rejects;
};

static inline void kit_release_rejected_(headrace_batch* batch) {
  struct kit_rejected_* block = (struct kit_rejected_*)batch->private_data;
  batch->private_data = block->private_data;
  batch->release = block->release;
  if (batch->release) batch->release(batch);
  batch->release = NULL;
  kit_rejects_abandon(&block->rejects);
  free(block);
}

static inline headrace_status kit_end_without_(headrace_batch* out, headrace_error* error) {
  uint32_t size = out->struct_size;
  if (out->array.release) out->array.release(&out->array);
  if (out->release) out->release(out);
  memset(out, 0, size < sizeof *out ? size : sizeof *out);
  out->struct_size = size;
  return kit_no_memory(error);
}

/* Puts the rejects into a batch that is otherwise complete: the last step before HEADRACE_OK, and before a transform
 * releases its input. HEADRACE_FATAL if anything failed on the way: the batch is then released and empty again.
 * OWNERSHIP: takes the rejects in any case; the receiver releases `out` as before. */
static inline headrace_status kit_end_rejects(kit_rejects* rejects, headrace_batch* out, headrace_error* error) {
  if (rejects->failure) return kit_end_without_(out, error);
  if (rejects->n == 0) return HEADRACE_OK;
  struct kit_rejected_* block = (struct kit_rejected_*)malloc(sizeof *block);
  if (!block) {
    kit_rejects_abandon(rejects);
    return kit_end_without_(out, error);
  }
  block->private_data = out->private_data;
  block->release = out->release;
  block->rejects = *rejects;
  out->rejects = (const headrace_reject* const*)rejects->items;
  out->n_rejects = rejects->n;
  if (rejects->is_cut) out->flags |= HEADRACE_BATCH_RECORD_CUT;
  out->private_data = block;
  out->release = kit_release_rejected_;
  rejects->items = NULL;
  rejects->n = rejects->capacity = 0;
  return HEADRACE_OK;
}

#endif /* HEADRACE_KIT_REJECTS_H */
