/* Schemas and batches of int64, float64 and utf8 columns, each in one allocation. Every array of them counts as a
 * user of that block, as Arrow allows a column to be moved out and to outlive the rows. */
#ifndef HEADRACE_KIT_ROWS_H
#define HEADRACE_KIT_ROWS_H

#include <headrace/data.h>
#include <headrace/kit/error.h>

#include <stdatomic.h>

#define KIT_INT64 "l"
#define KIT_FLOAT64 "g"
#define KIT_UTF8 "u"

/* `flags` of a column */
#define KIT_NULLABLE ARROW_FLAG_NULLABLE
#define KIT_KEY 0x100    /* one of those that identify a row, in the order of the columns */
#define KIT_CURSOR 0x200 /* can serve an incremental read */

/* A column that a plugin makes, as in `{"label", KIT_UTF8, KIT_NULLABLE}`. Copied where it is used. */
typedef struct kit_column {
  const char* name;
  const char* format;
  int flags;
} kit_column;

/* SCHEMAS */

struct kit_schema_ {
  atomic_size_t users;
  struct ArrowSchema** children;
  struct ArrowSchema columns[];
};

static inline void kit_release_field_(struct ArrowSchema* field) {
  struct kit_schema_* block = (struct kit_schema_*)field->private_data;
  field->release = NULL;
  if (atomic_fetch_sub(&block->users, 1) == 1) free(block);
}

static inline void kit_release_schema_(struct ArrowSchema* schema) {
  for (int64_t index = 0; index < schema->n_children; index++)
    if (schema->children[index]->release) schema->children[index]->release(schema->children[index]);
  kit_release_field_(schema);
}

/* Copies a text to `*to`, which moves behind it. */
static inline char* kit_keep_(char** to, const char* text) {
  size_t size = strlen(text) + 1;
  char* kept = (char*)memcpy(*to, text, size);
  *to += size;
  return kept;
}

/* Makes the schema of `n` columns. HEADRACE_FATAL, with `out` left alone, if there is no memory. OWNERSHIP: the
 * receiver releases `out` [any thread]. */
static inline headrace_status kit_schema(const kit_column* columns, size_t n, struct ArrowSchema* out,
                                         headrace_error* error) {
  size_t size = sizeof(struct kit_schema_) + n * (sizeof(struct ArrowSchema) + sizeof(struct ArrowSchema*));
  for (size_t index = 0; index < n; index++) size += strlen(columns[index].name) + strlen(columns[index].format) + 2;
  struct kit_schema_* block = (struct kit_schema_*)calloc(1, size);
  if (!block) return kit_no_memory(error);
  atomic_init(&block->users, n + 1);
  block->children = (struct ArrowSchema**)(void*)&block->columns[n];
  char* text = (char*)&block->children[n];
  for (size_t index = 0; index < n; index++) {
    struct ArrowSchema* column = block->children[index] = &block->columns[index];
    column->format = kit_keep_(&text, columns[index].format);
    column->name = kit_keep_(&text, columns[index].name);
    column->flags = columns[index].flags & KIT_NULLABLE;
    column->private_data = block;
    column->release = kit_release_field_;
  }
  memset(out, 0, sizeof *out);
  out->format = "+s";
  out->name = "";
  out->n_children = (int64_t)n;
  out->children = block->children;
  out->private_data = block;
  out->release = kit_release_schema_;
  return HEADRACE_OK;
}

/* ROWS
 *
 *   kit_rows rows = kit_rows_begin(columns, n_columns, 1000);  at most 1000 rows of these columns
 *   for (each row) {
 *     kit_put_int64(&rows, 0, 7);                              a cell that nothing is put into is null
 *     kit_put_format(&rows, 1, "number %d", 7);
 *     kit_end_row(&rows);
 *   }
 *   KIT_TRY(kit_end_batch(&rows, position, ordinal, -1, out, error));
 *
 * A failure, such as no memory, is kept until the end and told there, so that nothing needs to be asked on the way. */

struct kit_cells_ {
  struct ArrowArray array;
  const void* buffers[3];
  char format;
  size_t validity, values, text; /* where they lie in the block; `values` are the offsets of a text */
  size_t used;                   /* bytes of text */
};

struct kit_block_ {
  atomic_size_t users;
  const void* no_validity[1];
  struct ArrowArray** children;
  struct kit_cells_ columns[];
};

typedef struct kit_rows {
  struct kit_block_* block; /* NULL after a failure, and after the end */
  const char* failure;
  size_t n_columns, n_texts;
  int64_t capacity, length;
  size_t texts;         /* where the texts begin in the block, behind all of a fixed size */
  size_t text_capacity; /* of each column of texts */
} kit_rows;

/* Gives the rows up. Not needed after an end. */
static inline void kit_rows_abandon(kit_rows* rows) {
  free(rows->block);
  rows->block = NULL;
}

static inline void kit_rows_fail_(kit_rows* rows, const char* failure) {
  if (!rows->failure) rows->failure = failure;
  kit_rows_abandon(rows);
}

static inline size_t kit_aligned_(size_t size) { return (size + 63) / 64 * 64; }

/* Begins at most `capacity` rows. OWNERSHIP: one of the ends below, or `kit_rows_abandon`, takes them. */
static inline kit_rows kit_rows_begin(const kit_column* columns, size_t n, int64_t capacity) {
  kit_rows rows = {NULL, NULL, n, 0, capacity, 0, 0, 0};
  size_t n_rows = (size_t)capacity, size = sizeof(struct kit_block_);
  size = kit_aligned_(size + n * (sizeof(struct kit_cells_) + sizeof(struct ArrowArray*)));
  size_t head = size, each = kit_aligned_((n_rows + 7) / 8) + kit_aligned_((n_rows + 1) * 8);
  if (capacity < 0 || capacity >= INT32_MAX) {
    kit_rows_fail_(&rows, "more rows than fit into a batch");
    return rows;
  }
  for (size_t index = 0; index < n; index++) rows.n_texts += columns[index].format[0] == 'u';
  rows.texts = head + n * each;
  rows.text_capacity = kit_aligned_(n_rows * 16);
  rows.block = (struct kit_block_*)calloc(1, rows.texts + rows.n_texts * rows.text_capacity);
  if (!rows.block) kit_rows_fail_(&rows, "out of memory");
  for (size_t index = 0, text = 0; rows.block && index < n; index++) {
    struct kit_cells_* cells = &rows.block->columns[index];
    cells->format = columns[index].format[0];
    cells->validity = head + index * each;
    cells->values = cells->validity + kit_aligned_((n_rows + 7) / 8);
    cells->text = rows.texts + text * rows.text_capacity;
    text += cells->format == 'u';
  }
  return rows;
}

/* The column, with the cell of the row marked as there; NULL after a failure. */
static inline struct kit_cells_* kit_cell_(kit_rows* rows, size_t column, char format) {
  if (!rows->block) return NULL;
  bool is_column = column < rows->n_columns && rows->block->columns[column].format == format;
  if (!is_column) kit_rows_fail_(rows, "a value was put into a column that is not of its type");
  else if (rows->length == rows->capacity) kit_rows_fail_(rows, "more rows than were announced");
  if (!rows->block) return NULL;
  struct kit_cells_* cells = &rows->block->columns[column];
  ((uint8_t*)rows->block)[cells->validity + (size_t)rows->length / 8] |= (uint8_t)(1 << (rows->length % 8));
  return cells;
}

static inline void kit_put_int64(kit_rows* rows, size_t column, int64_t value) {
  struct kit_cells_* cells = kit_cell_(rows, column, 'l');
  if (cells) memcpy((char*)rows->block + cells->values + (size_t)rows->length * sizeof value, &value, sizeof value);
}

static inline void kit_put_float64(kit_rows* rows, size_t column, double value) {
  struct kit_cells_* cells = kit_cell_(rows, column, 'g');
  if (cells) memcpy((char*)rows->block + cells->values + (size_t)rows->length * sizeof value, &value, sizeof value);
}

/* Makes room for texts of `size` bytes in each column; the last moves first. */
static inline bool kit_grow_texts_(kit_rows* rows, size_t size) {
  size_t capacity = kit_aligned_(size < rows->text_capacity * 2 ? rows->text_capacity * 2 : size);
  void* grown = realloc(rows->block, rows->texts + rows->n_texts * capacity);
  if (!grown) return false;
  rows->block = (struct kit_block_*)grown;
  size_t text = rows->n_texts;
  for (size_t index = rows->n_columns; index-- > 0;) {
    struct kit_cells_* cells = &rows->block->columns[index];
    if (cells->format != 'u') continue;
    size_t place = rows->texts + --text * capacity;
    memmove((char*)grown + place, (char*)grown + cells->text, cells->used);
    cells->text = place;
  }
  rows->text_capacity = capacity;
  return true;
}

/* Where the first byte of the text of this row lies, which the caller fills before the next call with these rows;
 * NULL after a failure. What was put into the cell before is gone. */
static inline char* kit_put_room(kit_rows* rows, size_t column, uint64_t length) {
  struct kit_cells_* cells = kit_cell_(rows, column, 'u');
  if (!cells) return NULL;
  int32_t start;
  memcpy(&start, (char*)rows->block + cells->values + (size_t)rows->length * sizeof start, sizeof start);
  if (length > (uint64_t)(INT32_MAX - start)) {
    kit_rows_fail_(rows, "more than 2 GiB of text in a column");
    return NULL;
  }
  size_t used = (size_t)start + (size_t)length;
  if (used > rows->text_capacity && !kit_grow_texts_(rows, used)) {
    kit_rows_fail_(rows, "out of memory");
    return NULL;
  }
  rows->block->columns[column].used = used;
  return (char*)rows->block + rows->block->columns[column].text + start;
}

/* Puts a copy of a text, which has to be UTF-8. */
static inline void kit_put_text(kit_rows* rows, size_t column, headrace_string text) {
  char* room = kit_put_room(rows, column, text.length);
  if (room && text.length) memcpy(room, text.data, text.length);
}

/* Puts a text that is written like `printf`. What is not UTF-8 in it becomes `?`. */
KIT_PRINTF_(3, 4)
static inline void kit_put_format(kit_rows* rows, size_t column, const char* format, ...) {
  char few[128];
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(few, sizeof few, format, again);
  va_end(again);
  bool is_long = length >= (int)sizeof few;
  char* text = is_long ? kit_format_list(format, arguments) : few;
  va_end(arguments);
  if (length < 0 || !text) {
    kit_rows_fail_(rows, "out of memory");
    return;
  }
  kit_make_utf8(text, (size_t)length);
  headrace_string put = {text, (uint64_t)length};
  kit_put_text(rows, column, put);
  if (is_long) free(text);
}

/* Ends the row. Cells that nothing was put into are null. */
static inline void kit_end_row(kit_rows* rows) {
  if (!rows->block) return;
  if (rows->length == rows->capacity) {
    kit_rows_fail_(rows, "more rows than were announced");
    return;
  }
  size_t row = (size_t)rows->length++;
  for (size_t index = 0; index < rows->n_columns; index++) {
    struct kit_cells_* cells = &rows->block->columns[index];
    const uint8_t* validity = (const uint8_t*)rows->block + cells->validity;
    cells->array.null_count += !(validity[row / 8] >> (row % 8) & 1);
    int32_t end = (int32_t)cells->used;
    if (cells->format == 'u')
      memcpy((char*)rows->block + cells->values + (row + 1) * sizeof end, &end, sizeof end);
  }
}

static inline void kit_drop_(struct kit_block_* block) {
  if (atomic_fetch_sub(&block->users, 1) == 1) free(block);
}

static inline void kit_release_column_(struct ArrowArray* array) {
  array->release = NULL;
  kit_drop_((struct kit_block_*)array->private_data);
}

static inline void kit_release_rows_(struct ArrowArray* array) {
  for (int64_t index = 0; index < array->n_children; index++)
    if (array->children[index]->release) array->children[index]->release(array->children[index]);
  kit_release_column_(array);
}

static inline void kit_release_batch_(headrace_batch* batch) {
  batch->release = NULL;
  kit_drop_((struct kit_block_*)batch->private_data);
}

/* Sets what points into the block, which has `more` users than its columns and stays where it is from now on. */
static inline void kit_settle_(kit_rows* rows, size_t more, struct ArrowArray* out) {
  struct kit_block_* block = rows->block;
  char* base = (char*)block;
  atomic_init(&block->users, rows->n_columns + more);
  block->children = (struct ArrowArray**)(void*)&block->columns[rows->n_columns];
  for (size_t index = 0; index < rows->n_columns; index++) {
    struct kit_cells_* cells = &block->columns[index];
    cells->buffers[0] = cells->array.null_count ? base + cells->validity : NULL;
    cells->buffers[1] = base + cells->values;
    cells->buffers[2] = base + cells->text;
    cells->array.length = rows->length;
    cells->array.n_buffers = cells->format == 'u' ? 3 : 2;
    cells->array.buffers = cells->buffers;
    cells->array.private_data = block;
    cells->array.release = kit_release_column_;
    block->children[index] = &cells->array;
  }
  memset(out, 0, sizeof *out);
  out->length = rows->length;
  out->n_buffers = 1;
  out->buffers = block->no_validity;
  out->n_children = (int64_t)rows->n_columns;
  out->children = block->children;
  out->private_data = block;
  out->release = kit_release_rows_;
  rows->block = NULL;
}

static inline headrace_status kit_rows_status_(const kit_rows* rows, headrace_error* error) {
  return rows->block ? HEADRACE_OK : kit_fail_constant(error, HEADRACE_FATAL, rows->failure);
}

/* Ends the rows as an array of structs. HEADRACE_FATAL, with `out` left alone, if anything failed on the way.
 * OWNERSHIP: the receiver releases `out` [any thread, also after destroy]. */
static inline headrace_status kit_end_array(kit_rows* rows, struct ArrowArray* out, headrace_error* error) {
  headrace_status status = kit_rows_status_(rows, error);
  if (status == HEADRACE_OK) kit_settle_(rows, 1, out);
  return status;
}

/* Ends the rows as the batch of a source, which behind it is at `position`, copied, with the number `ordinal`.
 * `source_bytes` is what was read for it, or -1. HEADRACE_FATAL, with `out` left alone, if anything failed on the
 * way. OWNERSHIP: the receiver releases both parts of `out` [any thread, also after destroy]. */
static inline headrace_status kit_end_batch(kit_rows* rows, headrace_string position, uint64_t ordinal,
                                            int64_t source_bytes, headrace_batch* out, headrace_error* error) {
  headrace_status status = kit_rows_status_(rows, error);
  if (status != HEADRACE_OK) return status;
  size_t place = rows->texts + rows->n_texts * rows->text_capacity;
  void* grown = realloc(rows->block, place + (size_t)position.length);
  if (!grown) {
    kit_rows_abandon(rows);
    return kit_no_memory(error);
  }
  rows->block = (struct kit_block_*)grown;
  if (position.length) memcpy((char*)grown + place, position.data, (size_t)position.length);
  headrace_batch batch;
  memset(&batch, 0, sizeof batch);
  kit_settle_(rows, 2, &batch.array);
  batch.ordinal = ordinal;
  batch.position.data = (const uint8_t*)grown + place;
  batch.position.length = position.length;
  batch.source_bytes = source_bytes;
  batch.private_data = grown;
  batch.release = kit_release_batch_;
  kit_fill(out, &batch, sizeof batch);
  return HEADRACE_OK;
}

/* The same for a source whose positions are the number of the next row, see `kit_row_position`. */
static inline headrace_status kit_end_batch_at_row(kit_rows* rows, int64_t next, uint64_t ordinal, headrace_batch* out,
                                                   headrace_error* error) {
  char position[24];
  snprintf(position, sizeof position, "%lld", (long long)next);
  return kit_end_batch(rows, kit_text(position), ordinal, -1, out, error);
}

#endif /* HEADRACE_KIT_ROWS_H */
