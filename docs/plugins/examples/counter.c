/* A complete source in C: one stream, `numbers`, with one column, `n`, that counts from 0.
 *
 *   config: {"count": 100000}
 */
#include <headrace/headrace.h>
#include <stdlib.h>
#include <string.h>

/* The same batches in every run, whatever the host would like. */
#ifndef ROWS_PER_BATCH
#define ROWS_PER_BATCH 65536
#endif

struct headrace_instance {
  const headrace_host* host;
  const headrace_host_allocator* allocator; /* NULL if this host has none */
  int64_t count;
  int cancelled;
};

struct headrace_reader {
  int64_t next;     /* the first number that was not returned yet */
  uint64_t ordinal; /* of the last batch */
  int64_t position; /* `next`, as it was after that batch */
};

static headrace_string text(const char* value) {
  headrace_string result = {value, strlen(value)};
  return result;
}

static int is(headrace_string one, const char* other) {
  return one.length == strlen(other) && memcmp(one.data, other, one.length) == 0;
}

/* The message is a constant: there is nothing to release. */
static headrace_status fail(headrace_error* error, headrace_status status, const char* message) {
  error->status = status;
  error->message = text(message);
  return status;
}

/* The schema: a struct of one column. Everything but the child is constant. */

static void release_nothing(struct ArrowSchema* schema) { schema->release = NULL; }

static void release_schema(struct ArrowSchema* schema) {
  free(schema->private_data);
  schema->release = NULL;
}

static int make_schema(struct ArrowSchema* out) {
  struct memory {
    struct ArrowSchema* children[1];
    struct ArrowSchema column;
  }* memory = calloc(1, sizeof *memory);
  if (!memory) return 0;
  memory->children[0] = &memory->column;
  memory->column.format = "l";
  memory->column.name = "n";
  memory->column.release = release_nothing;
  memset(out, 0, sizeof *out);
  out->format = "+s";
  out->name = "";
  out->n_children = 1;
  out->children = memory->children;
  out->private_data = memory;
  out->release = release_schema;
  return 1;
}

/* A batch: the arrays and their pointers in one block, and the values in another. That one is the host's if it has
 * memory: where the plugin runs in a process of its own, values that lie there are not copied. */

struct rows {
  struct ArrowArray* children[1];
  struct ArrowArray column;
  const void* batch_buffers[1]; /* validity: NULL, there are no nulls */
  const void* column_buffers[2];
  void* values;
  void (*host_free)(const headrace_host* host, void* memory); /* NULL: `values` are from malloc */
};

static void release_column(struct ArrowArray* array) { array->release = NULL; }

/* Any thread, also after destroy. */
static void release_rows(struct ArrowArray* array) {
  struct rows* rows = array->private_data;
  if (rows->host_free)
    rows->host_free(NULL, rows->values);
  else
    free(rows->values);
  free(rows);
  array->release = NULL;
}

static int64_t* allocate_values(const headrace_instance* instance, size_t size, struct rows* rows) {
  const headrace_host_allocator* allocator = instance->allocator;
  rows->values = allocator ? allocator->allocate(instance->host, size) : NULL;
  if (rows->values)
    rows->host_free = allocator->free;
  else
    rows->values = malloc(size);
  return rows->values;
}

static int make_rows(const headrace_instance* instance, int64_t first, int64_t length, struct ArrowArray* out) {
  struct rows* rows = calloc(1, sizeof *rows);
  int64_t* values = rows ? allocate_values(instance, (size_t)length * sizeof *values, rows) : NULL;
  if (!values) {
    free(rows);
    return 0;
  }
  for (int64_t row = 0; row < length; row++) values[row] = first + row;
  rows->children[0] = &rows->column;
  rows->column_buffers[1] = values;
  rows->column.length = length;
  rows->column.n_buffers = 2;
  rows->column.buffers = rows->column_buffers;
  rows->column.release = release_column;
  out->length = length;
  out->n_buffers = 1;
  out->buffers = rows->batch_buffers;
  out->n_children = 1;
  out->children = rows->children;
  out->private_data = rows;
  out->release = release_rows;
  return 1;
}

/* The instance. */

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
                              headrace_instance** out, headrace_error* error) {
  (void)call;
  headrace_instance* instance = calloc(1, sizeof *instance);
  if (!instance) return fail(error, HEADRACE_FATAL, "out of memory");
  instance->host = host;
  instance->allocator = host->get_extension(host, text(HEADRACE_HOST_ALLOCATOR));
  /* The schema below lets one number through; a real plugin has a JSON parser. */
  for (uint64_t index = 0; index < config.length; index++) {
    char character = config.data[index];
    if (character >= '0' && character <= '9') instance->count = instance->count * 10 + (character - '0');
  }
  *out = instance;
  return HEADRACE_OK;
}

static void destroy(headrace_instance* instance) { free(instance); }

static void cancel(headrace_instance* instance) { __atomic_store_n(&instance->cancelled, 1, __ATOMIC_RELAXED); }

/* The source. Its lists are constants, or live in one block. */

static void release_streams(headrace_stream_list* list) {
  struct ArrowSchema* schema = &list->items[0]->schema;
  if (schema->release) schema->release(schema);
  free(list->private_data);
  list->release = NULL;
}

/* Whether a pattern means the stream; `*` stands for any text, and one of them is enough here. */
static int matches(headrace_string pattern) {
  static const char name[] = "numbers";
  const char* star = pattern.length ? memchr(pattern.data, '*', pattern.length) : NULL;
  if (!star) return pattern.length == sizeof name - 1 && memcmp(pattern.data, name, pattern.length) == 0;
  uint64_t before = (uint64_t)(star - pattern.data), after = pattern.length - before - 1;
  return before + after <= sizeof name - 1 && memcmp(pattern.data, name, before) == 0 &&
         memcmp(star + 1, name + sizeof name - 1 - after, after) == 0;
}

static headrace_status discover(headrace_instance* instance, const headrace_call* call,
                                const headrace_string* patterns, uint64_t n_patterns, headrace_stream_list* out,
                                headrace_error* error) {
  (void)call;
  int is_wanted = n_patterns == 0;
  for (uint64_t index = 0; index < n_patterns; index++) {
    int has_star = patterns[index].length && memchr(patterns[index].data, '*', patterns[index].length);
    if (!matches(patterns[index]) && !has_star) return fail(error, HEADRACE_NOT_FOUND, "there is only 'numbers'");
    is_wanted |= matches(patterns[index]);
  }
  if (!is_wanted) return HEADRACE_OK; /* an empty list */
  struct memory {
    headrace_stream* items[1];
    headrace_stream stream;
  }* memory = calloc(1, sizeof *memory);
  if (!memory || !make_schema(&memory->stream.schema)) {
    free(memory);
    return fail(error, HEADRACE_FATAL, "out of memory");
  }
  memory->items[0] = &memory->stream;
  memory->stream.struct_size = sizeof memory->stream;
  memory->stream.name = text("numbers");
  memory->stream.estimated_rows = instance->count;
  memory->stream.estimated_bytes = -1;
  out->items = memory->items;
  out->n_items = 1;
  out->private_data = memory;
  out->release = release_streams;
  return HEADRACE_OK;
}

static headrace_split the_split = {sizeof the_split, 0, {"all", 3}, {"counter", 7}, {NULL, 0}, -1, -1};
static headrace_split* const the_splits[] = {&the_split};

static headrace_status splits(headrace_instance* instance, const headrace_call* call,
                              const headrace_split_request* request, headrace_split_list* out, headrace_error* error) {
  (void)instance, (void)call, (void)error;
  for (uint64_t index = 0; index < request->n_known; index++)
    if (request->known[index]->is_complete) return HEADRACE_OK; /* an empty list: all was read */
  out->items = the_splits;
  out->n_items = 1;
  return HEADRACE_OK;
}

static headrace_status open_split(headrace_instance* instance, const headrace_call* call,
                                  const headrace_open_request* request, struct ArrowSchema* schema,
                                  headrace_reader** out, headrace_error* error) {
  (void)call;
  if (!is(request->stream, "numbers") || !is(request->split, "all"))
    return fail(error, HEADRACE_NOT_FOUND, "there is only the split 'all' of 'numbers'");
  int64_t next = 0;
  if (request->position.length == sizeof next) memcpy(&next, request->position.data, sizeof next);
  if (next > instance->count) return fail(error, HEADRACE_CONFLICT, "the stream is shorter than when it was read");
  headrace_reader* reader = calloc(1, sizeof *reader);
  if (!reader || !make_schema(schema)) {
    free(reader);
    return fail(error, HEADRACE_FATAL, "out of memory");
  }
  reader->next = next;
  reader->ordinal = request->ordinal;
  *out = reader;
  return HEADRACE_OK;
}

static headrace_status read_batch(headrace_instance* instance, const headrace_call* call, headrace_reader* reader,
                                  headrace_batch* out, headrace_error* error) {
  if (__atomic_exchange_n(&instance->cancelled, 0, __ATOMIC_RELAXED) || call->is_cancelled(call))
    return fail(error, HEADRACE_CANCELLED, "cancelled");
  int64_t length = instance->count - reader->next;
  if (length <= 0) return HEADRACE_END_OF_STREAM;
  if (length > ROWS_PER_BATCH) length = ROWS_PER_BATCH;
  if (!make_rows(instance, reader->next, length, &out->array)) return fail(error, HEADRACE_FATAL, "out of memory");
  reader->next += length;
  reader->position = reader->next;
  reader->ordinal += 1;
  out->ordinal = reader->ordinal;
  /* Read by the host before the next call to this instance. */
  out->position.data = (const uint8_t*)&reader->position;
  out->position.length = sizeof reader->position;
  out->source_bytes = -1;
  return HEADRACE_OK;
}

static void close_reader(headrace_instance* instance, headrace_reader* reader) {
  (void)instance;
  free(reader);
}

/* What the library is. */

#define CONFIG_SCHEMA                                                                                  \
  "{\"type\": \"object\", \"required\": [\"count\"], \"additionalProperties\": false, \"properties\": " \
  "{\"count\": {\"type\": \"integer\", \"minimum\": 0, \"description\": \"How many numbers.\"}}}"

static const headrace_factory factory = {
    sizeof factory, 0, {CONFIG_SCHEMA, sizeof CONFIG_SCHEMA - 1}, create, destroy, cancel};

static const headrace_source source = {sizeof source, 0,          &factory, discover,    splits,
                                       open_split,    read_batch, NULL,     close_reader};

static headrace_status negotiate(uint32_t minimum, uint32_t maximum, uint32_t* version, headrace_error* error) {
  if (minimum > HEADRACE_ABI_VERSION || maximum < HEADRACE_ABI_VERSION)
    return fail(error, HEADRACE_UNSUPPORTED, "the plugin needs ABI version 1");
  *version = HEADRACE_ABI_VERSION;
  return HEADRACE_OK;
}

static const void* get_extension(headrace_string id) {
  return is(id, HEADRACE_SOURCE) ? &source : NULL;
}

static const headrace_entry entry = {sizeof entry, 0,    {"counter", 7}, {"1.0.0", 5}, negotiate,
                                     NULL,         NULL, get_extension};

const headrace_entry* headrace_plugin_entry(void) { return &entry; }
