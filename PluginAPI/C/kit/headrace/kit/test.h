/* A host for a plugin's own tests, in C or C++: one thread, no deadline, nothing to log to. Link the plugin's
 * library, or its sources. A check that fails says where, and ends the test. */
#ifndef HEADRACE_KIT_TEST_H
#define HEADRACE_KIT_TEST_H

#include <headrace/headrace.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition) test_expect_((condition), #condition, __FILE__, __LINE__)

static inline void test_expect_(bool is_met, const char* condition, const char* file, int line) {
  if (is_met) return;
  fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
  exit(1);
}

static inline headrace_string test_text(const char* text) {
  headrace_string result = {text, strlen(text)};
  return result;
}

static inline bool test_is(headrace_string text, const char* other) {
  return text.length == strlen(other) && (text.length == 0 || memcmp(text.data, other, text.length) == 0);
}

/* THE CALL: never cancelled, and without a deadline; time stands still. */

static inline int64_t test_now_(const headrace_call* call) {
  (void)call;
  return 1000000000;
}

static inline int32_t test_is_cancelled_(const headrace_call* call) {
  (void)call;
  return 0;
}

static const headrace_call test_call_ = {
    sizeof(headrace_call), 1, HEADRACE_NO_DEADLINE, NULL, test_now_, test_is_cancelled_, {NULL, 0}};

static inline const headrace_call* test_call(void) { return &test_call_; }

/* THE HOST: has no extensions. */

static inline const void* test_no_extension_(const headrace_host* host, headrace_string id) {
  (void)host, (void)id;
  return NULL;
}

static const headrace_host test_host_ = {
    sizeof(headrace_host), HEADRACE_ABI_VERSION, NULL, test_no_extension_};

/* ERRORS: one for all calls. */

static inline headrace_error* test_error_(void) {
  static headrace_error error;
  return &error;
}

/* An empty error for the next call. The error of the call before is released. */
static inline headrace_error* test_error(void) {
  headrace_error* error = test_error_();
  if (error->release) error->release(error);
  memset(error, 0, sizeof *error);
  error->struct_size = sizeof *error;
  error->retry_after_ns = HEADRACE_NO_RETRY_AFTER;
  return error;
}

/* The status and the message of the last call that failed. */
static inline headrace_status test_status(void) { return test_error_()->status; }
static inline bool test_says(const char* part) {
  headrace_string message = test_error_()->message;
  size_t length = strlen(part);
  for (size_t at = 0; at + length <= message.length; at++)
    if (memcmp(message.data + at, part, length) == 0) return true;
  return false;
}

/* A call that has to do well. */
#define EXPECT_OK(call) test_expect_ok_((call), #call, __FILE__, __LINE__)

static inline void test_expect_ok_(headrace_status status, const char* call, const char* file, int line) {
  if (status == HEADRACE_OK) return;
  headrace_string message = test_error_()->message;
  fprintf(stderr, "%s:%d: status %d: %.*s\n  from %s\n", file, line, (int)status, (int)message.length,
          message.length ? message.data : "", call);
  exit(1);
}

/* LIBRARY AND INSTANCE */

/* The table of a kind, such as HEADRACE_SOURCE, of the plugin that is linked. */
static inline const void* test_kind(const char* id) {
  const headrace_entry* entry = headrace_plugin_entry();
  uint32_t version = 0;
  EXPECT_OK(entry->negotiate(1, HEADRACE_ABI_VERSION, &version, test_error()));
  const void* table = entry->get_extension(test_text(id));
  EXPECT(table != NULL);
  return table;
}

/* An instance; or NULL, see `test_status`. The host would have filled in the defaults: `config` has to be complete. */
static inline headrace_instance* test_create(const headrace_factory* factory, const char* config) {
  headrace_instance* instance = NULL;
  factory->create(test_call(), &test_host_, test_text(config), &instance, test_error());
  return instance;
}

/* SOURCES */

/* A reader of a split at a position, the start if it is empty; or NULL, see `test_status`. */
static inline headrace_reader* test_open(const headrace_source* source, headrace_instance* instance,
                                         const char* stream, const char* split, const char* position) {
  headrace_open_request request;
  memset(&request, 0, sizeof request);
  request.struct_size = sizeof request;
  request.stream = test_text(stream);
  request.split = test_text(split);
  request.position.data = (const uint8_t*)position;
  request.position.length = strlen(position);
  request.batch_bytes = 1 << 20;
  request.batch_rows = 65536;
  struct ArrowSchema schema;
  memset(&schema, 0, sizeof schema);
  headrace_reader* reader = NULL;
  source->open(instance, test_call(), &request, &schema, &reader, test_error());
  if (schema.release) schema.release(&schema);
  return reader;
}

/* BATCHES */

static inline headrace_batch test_batch(void) {
  headrace_batch batch;
  memset(&batch, 0, sizeof batch);
  batch.struct_size = sizeof batch;
  return batch;
}

static inline void test_release_batch(headrace_batch* batch) {
  if (batch->array.release) batch->array.release(&batch->array);
  if (batch->release) batch->release(batch);
}

static inline const struct ArrowArray* test_column_(const headrace_batch* batch, int column, int64_t* row) {
  EXPECT(*row < batch->array.length && column < batch->array.n_children);
  const struct ArrowArray* array = batch->array.children[column];
  *row += batch->array.offset + array->offset;
  return array;
}

static inline bool test_is_null(const headrace_batch* batch, int column, int64_t row) {
  const struct ArrowArray* array = test_column_(batch, column, &row);
  const uint8_t* validity = (const uint8_t*)array->buffers[0];
  return validity && !(validity[row / 8] >> (row % 8) & 1);
}

/* The value of a cell that is not null. */
static inline int64_t test_int64(const headrace_batch* batch, int column, int64_t row) {
  const struct ArrowArray* array = test_column_(batch, column, &row);
  return ((const int64_t*)array->buffers[1])[row];
}

static inline headrace_string test_text_at(const headrace_batch* batch, int column, int64_t row) {
  const struct ArrowArray* array = test_column_(batch, column, &row);
  const int32_t* offsets = (const int32_t*)array->buffers[1] + row;
  headrace_string text = {(const char*)array->buffers[2] + offsets[0], (uint64_t)(offsets[1] - offsets[0])};
  return text;
}

#endif /* HEADRACE_KIT_TEST_H */
