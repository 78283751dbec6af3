#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

static void release_schema(struct ArrowSchema* schema) {
  for (int64_t index = 0; index < schema->n_children; index++) {
    if (schema->children[index]->release) schema->children[index]->release(schema->children[index]);
    free(schema->children[index]);
  }
  if (schema->children) count(SCHEMAS_RELEASED);
  free(schema->children);
  schema->release = NULL;
}

void make_schema(struct ArrowSchema* out) {
  static const char* const names[] = {"id", "name"};
  static const char* const formats[] = {"l", "u"};
  count(SCHEMAS);
  memset(out, 0, sizeof *out);
  out->format = "+s";
  out->name = "";
  out->n_children = 2;
  out->children = malloc(2 * sizeof *out->children);
  out->release = release_schema;
  for (int index = 0; index < 2; index++) {
    struct ArrowSchema* child = calloc(1, sizeof *child);
    child->format = formats[index];
    child->name = names[index];
    child->flags = index == 0 ? 0 : ARROW_FLAG_NULLABLE;
    child->release = release_schema;
    out->children[index] = child;
  }
}

static void release_copy(struct ArrowSchema* schema) {
  for (int64_t index = 0; index < schema->n_children; index++) {
    schema->children[index]->release(schema->children[index]);
    free(schema->children[index]);
  }
  free(schema->children);
  free(schema->private_data);
  schema->release = NULL;
}

void copy_schema(const struct ArrowSchema* from, struct ArrowSchema* out) {
  size_t format = strlen(from->format) + 1, name = from->name ? strlen(from->name) + 1 : 1;
  char* texts = calloc(1, format + name);
  memcpy(texts, from->format, format);
  if (from->name) memcpy(texts + format, from->name, name);
  memset(out, 0, sizeof *out);
  out->format = texts;
  out->name = texts + format;
  out->flags = from->flags;
  out->n_children = from->n_children;
  out->children = calloc((size_t)from->n_children + 1, sizeof *out->children);
  for (int64_t index = 0; index < from->n_children; index++) {
    out->children[index] = malloc(sizeof *out);
    copy_schema(from->children[index], out->children[index]);
  }
  out->private_data = texts;
  out->release = release_copy;
}

static void release_column(struct ArrowArray* array) {
  for (int64_t index = 0; index < 3; index++) free((void*)array->buffers[index]);
  free(array->buffers);
  array->release = NULL;
}

static void release_rows(struct ArrowArray* array) {
  struct ArrowArray** children = array->private_data;
  for (int index = 0; index < 2; index++) {
    if (children[index]->release) children[index]->release(children[index]);
    free(children[index]);
  }
  free(children);
  free(array->buffers);
  array->release = NULL;
  count(ARRAYS_RELEASED);
}

static struct ArrowArray* make_column(int64_t rows, int64_t n_buffers) {
  struct ArrowArray* column = calloc(1, sizeof *column);
  column->length = rows;
  column->n_buffers = n_buffers;
  column->buffers = calloc(3, sizeof *column->buffers);
  column->release = release_column;
  return column;
}

void make_rows(int64_t first, int64_t rows, struct ArrowArray* out) {
  struct ArrowArray* ids = make_column(rows, 2);
  int64_t* values = calloc((size_t)rows + 1, sizeof *values);
  for (int64_t row = 0; row < rows; row++) values[row] = first + row;
  ids->buffers[1] = values;

  struct ArrowArray* names = make_column(rows, 3);
  int32_t* offsets = calloc((size_t)rows + 1, sizeof *offsets);
  char* characters = malloc((size_t)rows * 24 + 1);
  for (int64_t row = 0; row < rows; row++)
    offsets[row + 1] = offsets[row] + sprintf(characters + offsets[row], "row %lld", (long long)(first + row));
  names->buffers[1] = offsets;
  names->buffers[2] = characters;

  memset(out, 0, sizeof *out);
  out->length = rows;
  out->n_buffers = 1;
  out->buffers = calloc(1, sizeof *out->buffers);
  out->n_children = 2;
  out->children = malloc(2 * sizeof *out->children);
  out->children[0] = ids;
  out->children[1] = names;
  out->private_data = out->children;
  out->release = release_rows;
  count(ARRAYS);
}

void malform(struct ArrowArray* array, const char* how) {
  struct ArrowArray* names = array->children[1];
  if (strcmp(how, "children") == 0) array->n_children = 1;
  if (strcmp(how, "null_child") == 0) array->n_children = 2, array->children = NULL;
  if (strcmp(how, "length") == 0) array->length = -4;
  if (strcmp(how, "offset") == 0) names->offset = INT64_MAX;
  if (strcmp(how, "short_column") == 0) names->length -= 1;
  if (strcmp(how, "buffers") == 0) names->n_buffers = 2;
  if (strcmp(how, "missing_offsets") == 0) free((void*)names->buffers[1]), names->buffers[1] = NULL;
  if (strcmp(how, "validity") == 0) names->null_count = 1;
  if (strcmp(how, "null_rows") == 0) array->null_count = 1;
  if (strcmp(how, "released") == 0) array->release(array);
}

struct block make_block(int64_t n, size_t size) {
  struct block block;
  block.items = calloc(1, (size_t)n * (sizeof(void*) + size) + 1);
  block.structures = (char*)(block.items + n);
  for (int64_t index = 0; index < n; index++) block.items[index] = block.structures + (size_t)index * size;
  return block;
}

static void release_rejects(headrace_batch* batch) {
  count(BATCHES_RELEASED);
  free(batch->private_data);
  batch->private_data = NULL;
  batch->release = NULL;
}

void add_rejects(headrace_batch* out, int64_t n, bool has_rows, const char* how) {
  struct block block = make_block(n, sizeof(headrace_reject));
  for (int64_t index = 0; index < n; index++) {
    headrace_reject* reject = block.items[index];
    reject->struct_size = sizeof *reject;
    reject->status = HEADRACE_BAD_RECORD;
    reject->row = has_rows ? index : -1;
    reject->place = text_of("script:1");
    reject->reason = text_of("column 'id': the script refuses it");
    reject->record.data = (const uint8_t*)"raw";
    reject->record.length = 3;
    if (how && strcmp(how, "reject_size") == 0) reject->struct_size = 8;
    if (how && strcmp(how, "reject_row") == 0) reject->row = 1000000;
    if (how && strcmp(how, "reject_null") == 0) block.items[index] = NULL;
  }
  out->rejects = (const headrace_reject* const*)block.items;
  out->n_rejects = how && strcmp(how, "reject_count") == 0 ? UINT64_MAX : (uint64_t)n;
  out->private_data = block.items;
  out->release = release_rejects;
  count(BATCHES);
}
