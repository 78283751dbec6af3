/* The format: Avro files of 64-bit integers, doubles and texts, any of which may be null. A batch makes a block, which
 * is written at once; the summary is the memory of the writer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

/* Bytes that grow. Once there is no memory they stay as they are, and say so. */
struct bytes {
  uint8_t* data;
  size_t length;
  size_t capacity;
  bool is_lost;
};

static void put(struct bytes* bytes, const void* data, size_t length) {
  if (bytes->length + length > bytes->capacity) {
    size_t capacity = (bytes->length + length) * 2;
    uint8_t* grown = realloc(bytes->data, capacity);
    if (!grown) bytes->is_lost = true;
    if (bytes->is_lost) return;
    bytes->data = grown;
    bytes->capacity = capacity;
  }
  if (length) memcpy(bytes->data + bytes->length, data, length);
  bytes->length += length;
}

/* As Avro has integers: zigzag, seven bits in a byte. */
static void put_long(struct bytes* bytes, int64_t value) {
  uint64_t rest = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
  for (; rest >= 0x80; rest >>= 7) put(bytes, &(uint8_t){(uint8_t)(rest | 0x80)}, 1);
  put(bytes, &(uint8_t){(uint8_t)rest}, 1);
}

static void put_text(struct bytes* bytes, const void* data, size_t length) {
  put_long(bytes, (int64_t)length);
  put(bytes, data, length);
}

/* Columns. */

static const uint8_t mark[16] = {0x5A, 0x4F, 0x4F, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};

static int32_t read_int(const char* data) {
  int32_t value;
  memcpy(&value, data, sizeof value);
  return value;
}

/* The number of `PARQUET:field_id`, or 0. */
static int32_t field_id(const char* metadata) {
  static const char key[] = "PARQUET:field_id";
  if (!metadata) return 0;
  int32_t pairs = read_int(metadata);
  for (const char* at = metadata + 4; pairs > 0; pairs--) {
    int32_t key_length = read_int(at);
    const char* value = at + 4 + key_length;
    int32_t length = read_int(value);
    char text[16] = {0};
    if (key_length == sizeof key - 1 && memcmp(at + 4, key, sizeof key - 1) == 0 && length < (int32_t)sizeof text)
      return (int32_t)strtol(memcpy(text, value + 4, (size_t)length), NULL, 10);
    at = value + 4 + length;
  }
  return 0;
}

static const char* avro_type(char kind) { return kind == 'l' ? "long" : kind == 'g' ? "double" : "string"; }

/* NULL, or what is wrong with the columns. */
static const char* read_columns(headrace_writer* writer, const struct ArrowSchema* schema) {
  for (uint64_t index = 0; index < writer->n_columns; index++) {
    const struct ArrowSchema* field = schema->children[index];
    struct zoo_column* column = &writer->columns[index];
    if (strlen(field->format) != 1 || !strchr("lgu", field->format[0]))
      return "a column is of a type that it has no word for";
    column->kind = field->format[0];
    column->summary.struct_size = sizeof column->summary;
    column->summary.field_id = field_id(field->metadata);
    column->summary.nan_count = column->kind == 'g' ? 0 : -1;
    if (column->summary.field_id <= 0) return "a column has no PARQUET:field_id";
    for (uint64_t other = 0; other < index; other++)
      if (writer->columns[other].summary.field_id == column->summary.field_id) return "two columns have one field id";
    writer->summaries[index] = &column->summary;
  }
  return NULL;
}

static void put_schema(struct bytes* out, const headrace_writer* writer, const struct ArrowSchema* schema) {
  static const char head[] = "{\"type\":\"record\",\"name\":\"row\",\"fields\":[";
  struct bytes json = {0};
  put(&json, head, sizeof head - 1);
  for (uint64_t index = 0; index < writer->n_columns; index++) {
    char text[512];
    const struct zoo_column* column = &writer->columns[index];
    int length = snprintf(text, sizeof text, "%s{\"name\":\"%.200s\",\"type\":[\"null\",\"%s\"],\"field-id\":%d}",
                          index ? "," : "", schema->children[index]->name, avro_type(column->kind),
                          (int)column->summary.field_id);
    put(&json, text, (size_t)length);
  }
  put(&json, "]}", 2);
  put(out, "Obj\1", 4);
  put_long(out, 1);
  put_text(out, "avro.schema", 11);
  put_text(out, json.data, json.length);
  put_long(out, 0);
  put(out, mark, sizeof mark);
  out->is_lost = out->is_lost || json.is_lost;
  free(json.data);
}

/* The writer. */

static void free_writer(headrace_writer* writer) {
  for (uint64_t index = 0; index < writer->n_columns; index++) {
    free(writer->columns[index].lower);
    free(writer->columns[index].upper);
  }
  free(writer->columns);
  free(writer->summaries);
  free(writer);
}

static headrace_writer* make_writer(const struct ArrowSchema* schema, const headrace_output* output) {
  headrace_writer* writer = calloc(1, sizeof *writer);
  if (!writer) return NULL;
  size_t n = (size_t)schema->n_children;
  writer->output = output;
  writer->columns = calloc(n + 1, sizeof *writer->columns);
  writer->summaries = calloc(n + 1, sizeof(headrace_column_summary*));
  if (writer->columns && writer->summaries) {
    writer->n_columns = n;
    return writer;
  }
  free_writer(writer);
  return NULL;
}

/* Hands bytes to the host. What it says of a failure is the call's, unless the visit has it otherwise. */
static headrace_status hand_over(struct visit* visit, headrace_writer* writer, const struct bytes* bytes) {
  if (bytes->is_lost) return fail(visit, HEADRACE_FATAL, "out of memory");
  headrace_error ignored = {.struct_size = sizeof ignored, .retry_after_ns = HEADRACE_NO_RETRY_AFTER};
  bool is_kept = visit->on_failure == FAILURE_KEPT;
  headrace_status status = writer->output->write(
      writer->output->ctx, (headrace_bytes){bytes->data, bytes->length}, is_kept ? visit->error : &ignored);
  if (ignored.release) ignored.release(&ignored);
  if (status == HEADRACE_OK) writer->n_bytes += (int64_t)bytes->length;
  if (status == HEADRACE_OK || is_kept) return status;
  return visit->on_failure == FAILURE_IGNORED ? HEADRACE_OK : fail(visit, HEADRACE_FATAL, "the file cannot be written");
}

static headrace_status open_file(headrace_instance* instance, const headrace_call* call,
                                 const struct ArrowSchema* schema, const headrace_output* output,
                                 headrace_writer** out, headrace_error* error) {
  struct visit visit = visit_of(instance, call, AT_OPEN_FILE, error);
  visit.refusal = HEADRACE_INVALID_CONFIG;
  headrace_status status = begin(&visit);
  if (status != HEADRACE_OK) return status;
  headrace_writer* writer = make_writer(schema, output);
  if (!writer) return fail(&visit, HEADRACE_FATAL, "out of memory");
  const char* mistake = read_columns(writer, schema);
  struct bytes header = {0};
  if (!mistake && !visit.is_short) put_schema(&header, writer, schema);
  status = mistake ? fail(&visit, visit.refusal, mistake) : hand_over(&visit, writer, &header);
  free(header.data);
  if (status == HEADRACE_OK) {
    visit.writer = writer;
    status = end(&visit);
  }
  if (status != HEADRACE_OK) {
    free_writer(writer);
    return status;
  }
  if (!instance->first_writer) instance->first_writer = writer;
  *out = writer;
  return HEADRACE_OK;
}

/* Rows. */

static int compare(char kind, const void* a, size_t a_length, const void* b, size_t b_length) {
  if (kind == 'u') {
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order ? order : (a_length > b_length) - (a_length < b_length);
  }
  int64_t x, y;
  double v, w;
  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  memcpy(&v, a, sizeof v);
  memcpy(&w, b, sizeof w);
  return kind == 'l' ? (x > y) - (x < y) : (v > w) - (v < w);
}

static void take_bound(uint8_t** kept, headrace_bytes* bound, const void* value, size_t length) {
  uint8_t* copy = realloc(*kept, length + 1);
  if (!copy) return;
  if (length) memcpy(copy, value, length);
  *kept = copy;
  *bound = (headrace_bytes){copy, length};
}

static void count_value(struct zoo_column* column, const void* value, size_t length) {
  headrace_column_summary* summary = &column->summary;
  bool is_first = !summary->has_bounds;
  if (is_first || compare(column->kind, value, length, summary->lower.data, summary->lower.length) < 0)
    take_bound(&column->lower, &summary->lower, value, length);
  if (is_first || compare(column->kind, value, length, summary->upper.data, summary->upper.length) > 0)
    take_bound(&column->upper, &summary->upper, value, length);
  summary->has_bounds = 1;
}

static void put_value(struct bytes* out, struct zoo_column* column, const struct ArrowArray* array, int64_t row) {
  int64_t at = array->offset + row;
  const uint8_t* validity = array->buffers[0];
  size_t before = out->length;
  column->summary.value_count++;
  if (validity && !(validity[at / 8] >> (at % 8) & 1)) {
    column->summary.null_count++;
    put_long(out, 0);
  } else if (column->kind == 'u') {
    const int32_t* offsets = array->buffers[1];
    const char* text = array->buffers[2] ? (const char*)array->buffers[2] + offsets[at] : "";
    size_t length = (size_t)(offsets[at + 1] - offsets[at]);
    put_long(out, 1);
    put_text(out, text, length);
    count_value(column, text, length);
  } else {
    const int64_t* value = (const int64_t*)array->buffers[1] + at;
    put_long(out, 1);
    if (column->kind == 'l') put_long(out, *value);
    if (column->kind == 'g') put(out, value, sizeof *value);
    count_value(column, value, sizeof *value);
  }
  column->summary.bytes += (int64_t)(out->length - before);
}

static void put_rows(struct bytes* block, const struct visit* visit, headrace_writer* writer,
                     const struct ArrowArray* batch, int64_t n) {
  struct bytes rows = {0};
  for (int64_t index = 0; index < n; index++) {
    int64_t row = visit->batch_offset + (visit->rows ? visit->rows[index] : index);
    for (uint64_t column = 0; column < writer->n_columns; column++)
      put_value(&rows, &writer->columns[column], batch->children[column], row);
  }
  put_long(block, n);
  put_text(block, rows.data, rows.length);
  put(block, mark, sizeof mark);
  block->is_lost = block->is_lost || rows.is_lost;
  free(rows.data);
}

static headrace_status write_rows(headrace_instance* instance, const headrace_call* call, headrace_writer* writer,
                                  const struct ArrowArray* batch, const int32_t* rows, uint64_t n_rows,
                                  int64_t* file_bytes, headrace_error* error) {
  struct visit visit = visit_of(instance, call, AT_WRITE, error);
  visit.writer = writer;
  visit.rows = rows;
  visit.batch_offset = batch->offset;
  visit.file_bytes = file_bytes;
  headrace_status status = begin(&visit);
  if (status != HEADRACE_OK) return status;
  int64_t n = visit.rows ? (int64_t)n_rows : batch->length;
  struct bytes block = {0};
  if (n) put_rows(&block, &visit, visit.writer, batch, n);
  if (n) status = hand_over(&visit, visit.writer, &block);
  free(block.data);
  if (status == HEADRACE_OK) status = end(&visit);
  if (status != HEADRACE_OK) return status;
  visit.writer->n_rows += n;
  if (visit.file_bytes) *visit.file_bytes = visit.writer->n_bytes;
  instance->batches += 1;
  return HEADRACE_OK;
}

/* The end of a file. */

static void release_summary(headrace_file_summary* summary) {
  free_writer(summary->private_data);
  summary->private_data = NULL;
  summary->release = NULL;
}

static void fill_summary(headrace_file_summary* out, headrace_writer* writer) {
  out->record_count = writer->n_rows;
  out->file_bytes = writer->n_bytes;
  out->columns = writer->summaries;
  out->n_columns = writer->n_columns;
  out->private_data = writer;
  out->release = release_summary;
}

/* A mark of its own at the end, of a block without rows, so that there is something to write. */
static headrace_status write_end(struct visit* visit, headrace_writer* writer) {
  struct bytes block = {0};
  put_long(&block, 0);
  put_long(&block, 0);
  if (!visit->is_short) put(&block, mark, sizeof mark);
  headrace_status status = hand_over(visit, writer, &block);
  free(block.data);
  return status;
}

static headrace_status finish_file(headrace_instance* instance, const headrace_call* call, headrace_writer* writer,
                                   headrace_file_summary* out, headrace_error* error) {
  struct visit visit = visit_of(instance, call, AT_FINISH, error);
  visit.writer = writer;
  if (instance->first_writer == writer) instance->first_writer = NULL;
  headrace_status status = begin(&visit);
  if (status == HEADRACE_OK) status = write_end(&visit, writer);
  if (status == HEADRACE_OK) {
    fill_summary(out, writer);
    visit.summary = out;
    return end(&visit);
  }
  if (!visit.keeps_writer) free_writer(writer);
  return status;
}

static void abort_file(headrace_instance* instance, headrace_writer* writer) {
  struct visit visit = visit_of(instance, NULL, AT_ABORT, NULL);
  visit.writer = writer;
  if (instance->first_writer == writer) instance->first_writer = NULL;
  if (begin(&visit) == HEADRACE_OK) end(&visit);
  free_writer(writer);
}

const headrace_format zoo_format = {sizeof zoo_format, 0,         &zoo_factory, {"avro", 4}, {"AVRO", 4},
                                    open_file,         write_rows, finish_file,  abort_file};
