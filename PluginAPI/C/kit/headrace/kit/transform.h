/* Columns that come in, for transforms and detectors: found by name, read cell by cell, and replaced. */
#ifndef HEADRACE_KIT_TRANSFORM_H
#define HEADRACE_KIT_TRANSFORM_H

#include <headrace/ext/transform.h>
#include <headrace/kit/rows.h>

/* BINDING */

/* Where the column of that name is among those of `schema`, or -1. */
static inline int64_t kit_find_column(const struct ArrowSchema* schema, const char* name) {
  for (int64_t index = 0; index < schema->n_children; index++)
    if (schema->children[index]->name && strcmp(schema->children[index]->name, name) == 0) return index;
  return -1;
}

static inline const char* kit_type_name_(const char* format) {
  static const char* const names[][2] = {{"l", "int64"}, {"g", "float64"}, {"u", "utf8"}, {"i", "int32"},
                                         {"f", "float32"}, {"b", "bool"}, {"+s", "struct"}, {"+l", "list"}};
  for (size_t index = 0; index < sizeof names / sizeof *names; index++)
    if (strcmp(names[index][0], format) == 0) return names[index][1];
  return format;
}

/* Finds the column `name` and its type, which has to be `format` or `other`, which may be NULL.
 * Otherwise HEADRACE_INVALID_CONFIG, with the column's name and what there is in its place; `*index` is left alone. */
static inline headrace_status kit_expect_column(const struct ArrowSchema* schema, const char* name, const char* format,
                                                const char* other, int64_t* index, headrace_error* error) {
  int64_t found = kit_find_column(schema, name);
  if (found >= 0) {
    const char* there = schema->children[found]->format;
    if (strcmp(there, format) != 0 && (!other || strcmp(there, other) != 0))
      return kit_fail(error, HEADRACE_INVALID_CONFIG, "column '%s' is %s; it has to be %s%s%s", name,
                      kit_type_name_(there), kit_type_name_(format), other ? " or " : "",
                      other ? kit_type_name_(other) : "");
    *index = found;
    return HEADRACE_OK;
  }
  char names[512] = "none";
  size_t length = 0;
  for (int64_t column = 0; column < schema->n_children && length < sizeof names; column++)
    length += (size_t)snprintf(names + length, sizeof names - length, "%s'%s'", column ? ", " : "",
                               schema->children[column]->name ? schema->children[column]->name : "");
  return kit_fail(error, HEADRACE_INVALID_CONFIG, "there is no column '%s'; the columns are %s", name, names);
}


static inline void kit_release_copy_(struct ArrowSchema* schema) {
  for (int64_t index = 0; index < schema->n_children; index++) {
    struct ArrowSchema* child = schema->children[index];
    if (child->release) child->release(child);
    free(child);
  }
  if (schema->dictionary && schema->dictionary->release) schema->dictionary->release(schema->dictionary);
  free(schema->dictionary);
  free(schema->private_data);
  schema->release = NULL;
}

/* The bytes of metadata: a number of pairs, and each key and value with its length before it. */
static inline size_t kit_metadata_size_(const char* metadata) {
  int32_t n = 0, length = 0;
  if (!metadata) return 0;
  memcpy(&n, metadata, sizeof n);
  size_t size = sizeof n;
  for (int64_t part = 0; part < 2 * (int64_t)n; part++) {
    memcpy(&length, metadata + size, sizeof length);
    size += sizeof length + (size_t)length;
  }
  return size;
}

static inline bool kit_copy_schema_(const struct ArrowSchema* from, struct ArrowSchema* out) {
  size_t pointers = (size_t)from->n_children * sizeof(struct ArrowSchema*);
  size_t metadata = kit_metadata_size_(from->metadata);
  const char* name = from->name ? from->name : "";
  struct ArrowSchema copy = *from;
  copy.n_children = 0;
  copy.dictionary = NULL;
  copy.release = kit_release_copy_;
  copy.private_data = malloc(pointers + metadata + strlen(from->format) + strlen(name) + 2);
  if (!copy.private_data) return false;
  copy.children = (struct ArrowSchema**)copy.private_data;
  char* text = (char*)copy.private_data + pointers;
  copy.metadata = metadata ? (char*)memcpy(text, from->metadata, metadata) : NULL;
  text += metadata;
  copy.format = kit_keep_(&text, from->format);
  copy.name = kit_keep_(&text, name);
  bool is_whole = true;
  for (int64_t index = 0; is_whole && index < from->n_children; index++) {
    struct ArrowSchema* child = (struct ArrowSchema*)calloc(1, sizeof *child);
    is_whole = child && kit_copy_schema_(from->children[index], child);
    if (child) copy.children[copy.n_children++] = child;
  }
  if (is_whole && from->dictionary) {
    copy.dictionary = (struct ArrowSchema*)calloc(1, sizeof *copy.dictionary);
    is_whole = copy.dictionary && kit_copy_schema_(from->dictionary, copy.dictionary);
  }
  if (is_whole) *out = copy;
  else kit_release_copy_(&copy);
  return is_whole;
}

/* Copies a schema with all that it nests, metadata included: the output of a transform that keeps the columns.
 * HEADRACE_FATAL, with `out` left alone, if there is no memory. OWNERSHIP: the receiver releases `out` [any thread]. */
static inline headrace_status kit_copy_schema(const struct ArrowSchema* from, struct ArrowSchema* out,
                                              headrace_error* error) {
  return kit_copy_schema_(from, out) ? HEADRACE_OK : kit_no_memory(error);
}

/* READING */

/* The cells of a column, by the rows of the batch: the offsets of both are counted in. Borrows the batch. */
typedef struct kit_view {
  const uint8_t* validity; /* NULL: nothing is null */
  const void* const* buffers;
  int64_t first; /* where row 0 is in the buffers */
  int64_t length;
} kit_view;

static inline kit_view kit_view_of(const struct ArrowArray* batch, int64_t column) {
  const struct ArrowArray* array = batch->children[column];
  kit_view view = {NULL, array->buffers, batch->offset + array->offset, batch->length};
  if (array->n_buffers > 0) view.validity = (const uint8_t*)array->buffers[0];
  return view;
}

static inline bool kit_is_null(const kit_view* view, int64_t row) {
  int64_t bit = view->first + row;
  return view->validity && !(view->validity[bit / 8] >> (bit % 8) & 1);
}

/* The value of a cell that is not null, of a column of that type. */
static inline int64_t kit_int64_at(const kit_view* view, int64_t row) {
  return ((const int64_t*)view->buffers[1])[view->first + row];
}

static inline double kit_float64_at(const kit_view* view, int64_t row) {
  return ((const double*)view->buffers[1])[view->first + row];
}

/* Valid as long as the batch. */
static inline headrace_string kit_text_at(const kit_view* view, int64_t row) {
  const int32_t* offsets = (const int32_t*)view->buffers[1] + view->first + row;
  headrace_string text = {(const char*)view->buffers[2] + offsets[0], (uint64_t)(offsets[1] - offsets[0])};
  if (text.length == 0) text.data = NULL; /* where all texts are empty, there need be no bytes to point to */
  return text;
}

/* REPLACING */

struct kit_replaced_ {
  const void* no_validity[1];
  struct ArrowArray** children;
  struct ArrowArray columns[];
};

static inline void kit_release_replaced_(struct ArrowArray* array) {
  for (int64_t index = 0; index < array->n_children; index++)
    if (array->children[index]->release) array->children[index]->release(array->children[index]);
  free(array->private_data);
  array->release = NULL;
}

/* The whole end of `apply` for a transform that changes one column: `rows` of that one column take its place, the
 * others move from `input` to `out` as they are. With HEADRACE_OK `input` is released; with HEADRACE_FATAL, if
 * anything failed on the way, it is untouched, `out` too. OWNERSHIP: takes `rows` in any case; the receiver releases
 * `out` [any thread, also after destroy]. */
static inline headrace_status kit_end_replacing(kit_rows* rows, struct ArrowArray* input, int64_t column,
                                                headrace_batch* out, headrace_error* error) {
  size_t n = (size_t)input->n_children;
  struct ArrowArray made, moved = *input;
  struct kit_replaced_* block =
      (struct kit_replaced_*)calloc(1, sizeof *block + n * (sizeof(struct ArrowArray) + sizeof(struct ArrowArray*)));
  if (rows->block && (rows->n_columns != 1 || rows->length != input->length))
    kit_rows_fail_(rows, "the new column has not as many rows as the batch");
  if (!block) kit_rows_fail_(rows, "out of memory");
  headrace_status status = kit_end_array(rows, &made, error);
  if (status != HEADRACE_OK) {
    free(block);
    return status;
  }
  block->children = (struct ArrowArray**)(void*)&block->columns[n];
  for (size_t index = 0; index < n; index++) {
    struct ArrowArray* from = (int64_t)index == column ? made.children[0] : moved.children[index];
    struct ArrowArray* to = block->children[index] = &block->columns[index];
    *to = *from;
    from->release = NULL; /* moved */
    if ((int64_t)index == column) continue;
    if (moved.offset || to->length != moved.length) to->null_count = to->null_count == 0 ? 0 : -1;
    to->offset += moved.offset; /* the offset of the batch becomes that of its columns */
    to->length = moved.length;
  }
  made.release(&made);
  input->release(input); /* what is left of it: the old column, and the memory that the moved ones do not need */
  input->release = NULL;
  headrace_batch batch;
  memset(&batch, 0, sizeof batch);
  batch.array.length = moved.length;
  batch.array.n_buffers = 1;
  batch.array.buffers = block->no_validity;
  batch.array.n_children = (int64_t)n;
  batch.array.children = block->children;
  batch.array.private_data = block;
  batch.array.release = kit_release_replaced_;
  kit_fill(out, &batch, sizeof batch);
  return HEADRACE_OK;
}

#endif /* HEADRACE_KIT_TRANSFORM_H */
