/* Breaches of what the headers say, other than Arrow's. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

static struct extras* extras_of(struct visit* visit) { return visit->batch->private_data; }

/* A pointer to where nothing is mapped. */
static const char* nowhere(void) {
  volatile uintptr_t address = 16;
  return (const char*)address;
}

/* Positions and ordinals. */

static headrace_status duplicate_position(struct visit* visit) {
  extras_of(visit)->position = visit->instance->last_position;
  return HEADRACE_OK;
}

static headrace_status backward_position(struct visit* visit) {
  extras_of(visit)->position = 0;
  return HEADRACE_OK;
}

static headrace_status duplicate_ordinal(struct visit* visit) {
  visit->batch->ordinal = visit->instance->last_ordinal;
  return HEADRACE_OK;
}

static headrace_status backward_ordinal(struct visit* visit) {
  uint64_t last = visit->instance->last_ordinal;
  visit->batch->ordinal = last > 1 ? last - 1 : 0;
  return HEADRACE_OK;
}

static headrace_status ordinal_0(struct visit* visit) {
  visit->batch->ordinal = 0;
  return HEADRACE_OK;
}

static headrace_status last_possible_ordinal(struct visit* visit) {
  visit->batch->ordinal = UINT64_MAX;
  return HEADRACE_OK;
}

static headrace_status huge_position(struct visit* visit) {
  size_t size = (size_t)bounded(visit, 10) << 20;
  extras_of(visit)->extra = calloc(1, size + 1);
  if (!extras_of(visit)->extra) return HEADRACE_OK;
  visit->batch->position.data = extras_of(visit)->extra;
  visit->batch->position.length = size;
  return HEADRACE_OK;
}

static headrace_status null_position(struct visit* visit) {
  visit->batch->position.data = NULL;
  return HEADRACE_OK;
}

static headrace_status endless_position(struct visit* visit) {
  visit->batch->position.length = UINT64_MAX;
  return HEADRACE_OK;
}

static headrace_status empty_position(struct visit* visit) {
  visit->batch->position.length = 0;
  return HEADRACE_OK;
}

static headrace_status transform_position(struct visit* visit) {
  visit->batch->ordinal = 7;
  visit->batch->position.data = (const uint8_t*)&extras_of(visit)->position;
  visit->batch->position.length = sizeof extras_of(visit)->position;
  return HEADRACE_OK;
}

/* Statuses. */

static headrace_status ok_without_batch(struct visit* visit) {
  drop_batch(visit->batch);
  return HEADRACE_OK;
}

static headrace_status end_with_batch(struct visit* visit) {
  (void)visit;
  return HEADRACE_END_OF_STREAM;
}

static headrace_status failure_with_batch(struct visit* visit) {
  return fail(visit, HEADRACE_TRANSIENT, "it failed, and here are the rows");
}

static headrace_status status_4711(struct visit* visit) { return fail(visit, 4711, "a status that there is not"); }

static headrace_status status_negative(struct visit* visit) { return fail(visit, -1, "a status that there is not"); }

static headrace_status status_of_host(struct visit* visit) {
  return fail(visit, HEADRACE_CRASHED, "a status that only the host gives");
}

static headrace_status end_elsewhere(struct visit* visit) {
  (void)visit;
  return HEADRACE_END_OF_STREAM;
}

/* Errors. */

static headrace_status error_of_size(struct visit* visit, uint32_t size) {
  headrace_status status = fail(visit, HEADRACE_TRANSIENT, "the error has another size");
  visit->error->struct_size = size;
  return status;
}

static headrace_status error_small(struct visit* visit) { return error_of_size(visit, 4); }

static headrace_status error_large(struct visit* visit) { return error_of_size(visit, UINT32_MAX); }

static headrace_status error_with(struct visit* visit, const char* data, uint64_t length) {
  headrace_status status = fail(visit, HEADRACE_TRANSIENT, "");
  visit->error->message.data = data;
  visit->error->message.length = length;
  return status;
}

static headrace_status error_bad_message(struct visit* visit) { return error_with(visit, nowhere(), 100); }

static headrace_status error_null_message(struct visit* visit) { return error_with(visit, NULL, 100); }

static headrace_status error_endless_message(struct visit* visit) { return error_with(visit, "short", UINT64_MAX); }

static void release_long_message(headrace_error* error) {
  free(error->private_data);
  error->release = NULL;
}

static headrace_status error_long_message(struct visit* visit) {
  size_t size = (size_t)bounded(visit, 16) << 20;
  char* message = malloc(size + 1);
  if (!message) return fail(visit, HEADRACE_FATAL, "out of memory");
  memset(message, 'm', size);
  visit->error->private_data = message;
  visit->error->release = release_long_message;
  return error_with(visit, message, size);
}

/* What it frees was never allocated. */
static void release_constant(headrace_error* error) {
  char* volatile constant = (char*)(uintptr_t)error->message.data;
  error->release = NULL;
  free(constant);
}

static headrace_status error_unreleasable(struct visit* visit) {
  visit->error->release = release_constant;
  return fail(visit, HEADRACE_TRANSIENT, "a message that cannot be freed");
}

static headrace_status error_bad_release(struct visit* visit) {
  visit->error->release = (void (*)(headrace_error*))(uintptr_t)nowhere();
  return fail(visit, HEADRACE_TRANSIENT, "a release that is nowhere");
}

static headrace_status error_null_details(struct visit* visit) {
  visit->error->n_details = 5;
  return fail(visit, HEADRACE_TRANSIENT, "five details, and no list");
}

static headrace_status error_endless_details(struct visit* visit) {
  static const headrace_key_value detail = {{"key", 3}, {"value", 5}};
  visit->error->details = &detail;
  visit->error->n_details = UINT64_MAX;
  return fail(visit, HEADRACE_TRANSIENT, "one detail, and another number of them");
}

static headrace_status error_other_status(struct visit* visit) {
  fail(visit, HEADRACE_BAD_RECORD, "the error has another status than the call");
  return HEADRACE_TRANSIENT;
}

static headrace_status error_silent(struct visit* visit) {
  (void)visit;
  return HEADRACE_TRANSIENT;
}

static headrace_status error_despite_ok(struct visit* visit) {
  fail(visit, HEADRACE_TRANSIENT, "an error of a call that succeeds");
  return HEADRACE_OK;
}

static headrace_status error_retry_never(struct visit* visit) {
  visit->error->retry_after_ns = INT64_MAX;
  return fail(visit, HEADRACE_THROTTLED, "come back in 292 years");
}

static headrace_status error_retry_before(struct visit* visit) {
  visit->error->retry_after_ns = INT64_MIN;
  return fail(visit, HEADRACE_THROTTLED, "come back 292 years ago");
}

static const char with_nul[] = "before\0after";
static const char not_utf8[] = "caf\xE9 \xC0\xAF \xED\xA0\x80 \xFF";
static const char escapes[] = "done\r\n\x1B[2J\x1B]0;title\x07{\"level\":\"info\"}\nok";

static headrace_status error_with_nul(struct visit* visit) { return error_with(visit, with_nul, sizeof with_nul - 1); }

static headrace_status error_not_utf8(struct visit* visit) { return error_with(visit, not_utf8, sizeof not_utf8 - 1); }

static headrace_status error_escapes(struct visit* visit) { return error_with(visit, escapes, sizeof escapes - 1); }

/* The host's services. */

static headrace_status log_text(struct visit* visit, int32_t level, const char* data, uint64_t length) {
  const headrace_host_log* log = host_service(visit->host, HEADRACE_HOST_LOG);
  headrace_string text = {data, length};
  if (log) log->write(visit->host, level, text, NULL, 0);
  return HEADRACE_OK;
}

static headrace_status log_with_nul(struct visit* visit) { return log_text(visit, 1, with_nul, sizeof with_nul - 1); }

static headrace_status log_not_utf8(struct visit* visit) { return log_text(visit, 1, not_utf8, sizeof not_utf8 - 1); }

static headrace_status log_escapes(struct visit* visit) { return log_text(visit, 1, escapes, sizeof escapes - 1); }

static headrace_status log_bad_pointer(struct visit* visit) { return log_text(visit, 1, nowhere(), 100); }

static headrace_status log_bad_level(struct visit* visit) { return log_text(visit, INT32_MIN, "no such level", 13); }

static headrace_status bad_metrics(struct visit* visit) {
  const headrace_host_metrics* metrics = host_service(visit->host, HEADRACE_HOST_METRICS);
  headrace_string name = {not_utf8, sizeof not_utf8 - 1};
  if (!metrics) return HEADRACE_OK;
  metrics->add(visit->host, name, INT64_MAX);
  metrics->add(visit->host, text_of("overflow_rows"), INT64_MAX);
  metrics->add(visit->host, text_of("overflow_rows"), INT64_MAX);
  metrics->add(visit->host, text_of("back_rows"), INT64_MIN);
  metrics->set(visit->host, text_of(""), 1);
  metrics->set(visit->host, text_of("not_a_number"), strtod("nan", NULL));
  return HEADRACE_OK;
}

static headrace_status unknown_services(struct visit* visit) {
  headrace_string ids[] = {{"headrace.log/2", 14}, {with_nul, sizeof with_nul - 1}, {not_utf8, 4}, {"", 0}, {NULL, 0}};
  for (size_t index = 0; visit->host && index < sizeof ids / sizeof *ids; index++)
    visit->host->get_extension(visit->host, ids[index]);
  return HEADRACE_OK;
}

/* What a thread needs after the call that started it has returned. */
struct late {
  const headrace_host* host;
  const headrace_call* call;
  const volatile uint8_t* borrowed;
};

static void* use_late(void* context) {
  struct late late = *(struct late*)context;
  free(context);
  sleep_ns(200000000);
  if (late.borrowed) (void)*late.borrowed;
  if (late.call) late.call->is_cancelled(late.call);
  if (late.call) late.call->now(late.call);
  const headrace_host_log* log = host_service(late.host, HEADRACE_HOST_LOG);
  if (log) log->write(late.host, HEADRACE_LOG_WARNING, text_of("a word from a thread of the plugin"), NULL, 0);
  return NULL;
}

static headrace_status start_late(struct visit* visit, struct late late, bool is_awaited) {
  pthread_t thread;
  struct late* copy = malloc(sizeof *copy);
  if (!copy) return fail(visit, HEADRACE_FATAL, "out of memory");
  *copy = late;
  int code = pthread_create(&thread, NULL, use_late, copy);
  if (code) free(copy);
  if (code) return fail_with_code(visit, code);
  if (is_awaited) pthread_join(thread, NULL);
  if (!is_awaited) pthread_detach(thread);
  return HEADRACE_OK;
}

/* Allowed by the thread tags: a host that goes wrong here is at fault itself. */
static headrace_status host_from_thread(struct visit* visit) {
  return start_late(visit, (struct late){visit->host, visit->call, NULL}, true);
}

static headrace_status host_after_destroy(struct visit* visit) {
  return start_late(visit, (struct late){visit->host, NULL, NULL}, false);
}

static headrace_status call_after_return(struct visit* visit) {
  return start_late(visit, (struct late){NULL, visit->call, NULL}, false);
}

static headrace_status input_after_return(struct visit* visit) {
  const struct ArrowArray* ids = visit->input->children[visit->instance->id_column];
  return start_late(visit, (struct late){NULL, NULL, ids->buffers[1]}, false);
}

/* Sizes. */

static headrace_status batch_small(struct visit* visit) {
  visit->batch->struct_size = 8;
  return HEADRACE_OK;
}

static headrace_status batch_large(struct visit* visit) {
  visit->batch->struct_size = UINT32_MAX;
  return HEADRACE_OK;
}

static headrace_status stream_small(struct visit* visit) {
  visit->streams->items[0]->struct_size = 8;
  return HEADRACE_OK;
}

static headrace_status split_small(struct visit* visit) {
  if (visit->splits->n_items) visit->splits->items[0]->struct_size = 8;
  return HEADRACE_OK;
}

static bool is_source(struct visit* visit) { return *visit->table == &zoo_source; }

static headrace_status table_small(struct visit* visit) {
  static headrace_source source;
  static headrace_transform transform;
  source = zoo_source;
  transform = zoo_transform;
  source.struct_size = transform.struct_size = 12;
  *visit->table = is_source(visit) ? (const void*)&source : (const void*)&transform;
  return HEADRACE_OK;
}

static headrace_status table_large(struct visit* visit) {
  static headrace_source source;
  static headrace_transform transform;
  source = zoo_source;
  transform = zoo_transform;
  source.struct_size = transform.struct_size = UINT32_MAX;
  *visit->table = is_source(visit) ? (const void*)&source : (const void*)&transform;
  return HEADRACE_OK;
}

static headrace_status table_empty(struct visit* visit) {
  static const headrace_source source = {.struct_size = sizeof source, .factory = &zoo_factory};
  static const headrace_transform transform = {.struct_size = sizeof transform, .factory = &zoo_factory};
  *visit->table = is_source(visit) ? (const void*)&source : (const void*)&transform;
  return HEADRACE_OK;
}

/* Streams and splits. The lists are the plugin's own, which may be written to although the host may not. */

static headrace_stream* stream_of(struct visit* visit) { return visit->streams->items[0]; }

static headrace_status named(struct visit* visit, const char* data, uint64_t length) {
  stream_of(visit)->name = (headrace_string){data, length};
  return HEADRACE_OK;
}

static headrace_status unknown_stream(struct visit* visit) { return named(visit, "unicorns", 8); }

static headrace_status stream_without_name(struct visit* visit) { return named(visit, "", 0); }

static headrace_status stream_as_path(struct visit* visit) { return named(visit, "../../animals", 13); }

static headrace_status stream_not_utf8(struct visit* visit) { return named(visit, not_utf8, sizeof not_utf8 - 1); }

static headrace_status stream_bad_name(struct visit* visit) { return named(visit, nowhere(), 100); }

static headrace_status unknown_key(struct visit* visit) {
  static const headrace_string key = {"horn", 4};
  stream_of(visit)->key = &key;
  return HEADRACE_OK;
}

static headrace_status endless_key(struct visit* visit) {
  stream_of(visit)->n_key = UINT64_MAX;
  return HEADRACE_OK;
}

static headrace_status endless_streams(struct visit* visit) {
  visit->streams->n_items = UINT64_MAX;
  return HEADRACE_OK;
}

/* All but the first are empty structures of their own. */
static void release_many_streams(headrace_stream_list* list) {
  headrace_stream* first = list->items[0];
  if (first->schema.release) first->schema.release(&first->schema);
  for (uint64_t index = 1; index < list->n_items; index++)
    if (list->items[index]->schema.release) list->items[index]->schema.release(&list->items[index]->schema);
  free(list->private_data);
  list->release = NULL;
}

/* `n` streams in the place of the one that there is, of one name, or each with its own. */
static headrace_status make_many_streams(struct visit* visit, uint64_t n, bool is_one_name) {
  struct item {
    headrace_stream stream;
    char name[24];
  };
  headrace_stream** pointers = calloc(n + 1, sizeof *pointers + sizeof(struct item));
  if (!pointers || n == 0) {
    free(pointers);
    return HEADRACE_OK;
  }
  struct item* items = (struct item*)(pointers + n + 1);
  for (uint64_t index = 0; index < n; index++) {
    pointers[index] = &items[index].stream;
    items[index].stream.struct_size = sizeof(headrace_stream);
    snprintf(items[index].name, sizeof items[index].name, is_one_name ? "animals" : "animals_%llu",
             (unsigned long long)index);
    items[index].stream.name = text_of(items[index].name);
    items[index].stream.estimated_rows = items[index].stream.estimated_bytes = -1;
    make_schema(&items[index].stream.schema);
  }
  visit->streams->release(visit->streams);
  visit->streams->items = pointers;
  visit->streams->n_items = n;
  visit->streams->private_data = pointers;
  visit->streams->release = release_many_streams;
  return HEADRACE_OK;
}

static headrace_status same_streams(struct visit* visit) { return make_many_streams(visit, 2, true); }

static headrace_status many_streams(struct visit* visit) {
  return make_many_streams(visit, (uint64_t)bounded(visit, 100000), false);
}

static headrace_split* split_of(struct visit* visit) {
  static headrace_split none; /* nothing is left to be read, and nothing to be spoiled */
  return visit->splits->n_items ? visit->splits->items[0] : &none;
}

static headrace_status same_splits(struct visit* visit) {
  headrace_split** items = visit->splits->private_data;
  if (visit->splits->n_items == 0) return HEADRACE_OK;
  items[1] = items[0];
  visit->splits->n_items = 2;
  return HEADRACE_OK;
}

static headrace_status null_split(struct visit* visit) {
  headrace_split** items = visit->splits->private_data;
  items[0] = NULL;
  return HEADRACE_OK;
}

static headrace_status endless_splits(struct visit* visit) {
  visit->splits->n_items = UINT64_MAX;
  return HEADRACE_OK;
}

static headrace_status empty_split_id(struct visit* visit) {
  split_of(visit)->id.length = 0;
  return HEADRACE_OK;
}

/* Longer than what it may be, and never released. Not constant, so that the library is no MiB larger. */
static char long_text[1 << 20];

static headrace_status long_split_id(struct visit* visit) {
  split_of(visit)->id = (headrace_string){long_text, sizeof long_text};
  return HEADRACE_OK;
}

static headrace_status long_identity(struct visit* visit) {
  split_of(visit)->identity = (headrace_string){long_text, sizeof long_text};
  return HEADRACE_OK;
}

static headrace_status bad_token(struct visit* visit) {
  split_of(visit)->token = (headrace_bytes){(const uint8_t*)nowhere(), 100};
  return HEADRACE_OK;
}

/* Batches. */

static headrace_status too_many_rows(struct visit* visit) {
  int64_t n = bounded(visit, 1000000);
  int64_t* ids = malloc(((size_t)n + 1) * sizeof *ids);
  struct ArrowArray array;
  if (!ids) return HEADRACE_OK;
  for (int64_t row = 0; row < n; row++) ids[row] = row;
  bool is_made = make_animals(visit->instance, ids, n, &array);
  free(ids);
  if (!is_made) return HEADRACE_OK;
  visit->batch->array.release(&visit->batch->array);
  visit->batch->array = array;
  return HEADRACE_OK;
}

/* Adds one reject, to be spoiled; the pointer to it is `*extra`. */
static headrace_reject* add_reject(struct visit* visit) {
  struct memory {
    headrace_reject* items[1];
    headrace_reject reject;
  }* memory = calloc(1, sizeof *memory);
  if (!memory) return NULL;
  memory->items[0] = &memory->reject;
  memory->reject.struct_size = sizeof memory->reject;
  memory->reject.status = HEADRACE_BAD_RECORD;
  memory->reject.row = visit->place == AT_READ ? -1 : 0;
  memory->reject.reason = text_of("a reject that the zoo made up");
  free(extras_of(visit)->extra);
  extras_of(visit)->extra = memory;
  visit->batch->rejects = (const headrace_reject* const*)memory->items;
  visit->batch->n_rejects = 1;
  return &memory->reject;
}

static headrace_status reject_small(struct visit* visit) {
  headrace_reject* reject = add_reject(visit);
  if (reject) reject->struct_size = 8;
  return HEADRACE_OK;
}

static headrace_status reject_out_of_range(struct visit* visit) {
  headrace_reject* reject = add_reject(visit);
  if (reject) reject->row = INT64_MAX;
  return HEADRACE_OK;
}

static headrace_status reject_bad_status(struct visit* visit) {
  headrace_reject* reject = add_reject(visit);
  if (reject) reject->status = 4711;
  return HEADRACE_OK;
}

static headrace_status reject_long_record(struct visit* visit) {
  headrace_reject* reject = add_reject(visit);
  if (reject) reject->record = (headrace_bytes){(const uint8_t*)long_text, sizeof long_text};
  return HEADRACE_OK;
}

static headrace_status reject_bad_text(struct visit* visit) {
  headrace_reject* reject = add_reject(visit);
  if (reject) reject->place = (headrace_string){nowhere(), 100};
  return HEADRACE_OK;
}

static headrace_status null_reject(struct visit* visit) {
  if (add_reject(visit)) ((headrace_reject**)extras_of(visit)->extra)[0] = NULL;
  return HEADRACE_OK;
}

static headrace_status endless_rejects(struct visit* visit) {
  if (add_reject(visit)) visit->batch->n_rejects = UINT64_MAX;
  return HEADRACE_OK;
}

static headrace_status bad_batch_release(struct visit* visit) {
  visit->batch->release = (void (*)(headrace_batch*))(uintptr_t)nowhere();
  return HEADRACE_OK;
}

/* Instances and inputs. */

static headrace_status no_instance(struct visit* visit) {
  *visit->created = NULL;
  return HEADRACE_OK;
}

static headrace_status input_not_taken(struct visit* visit) {
  visit->input = NULL;
  return HEADRACE_OK;
}

static headrace_status input_taken_despite_failure(struct visit* visit) {
  visit->input->release(visit->input);
  return fail(visit, HEADRACE_TRANSIENT, "it failed, and the input is gone");
}

static headrace_status input_released_twice(struct visit* visit) {
  struct ArrowArray copy = *visit->input;
  copy.release(&copy);
  visit->input = NULL;
  return HEADRACE_OK;
}

static const char once[] = "once", one[] = "one batch", late[] = "200 ms";

const struct misbehaviour contract_breaches[] = {
    {"duplicate_position", "the position of the batch before", one, AT_READ, NULL, duplicate_position},
    {"backward_position", "the position of the split's start", one, AT_READ, NULL, backward_position},
    {"duplicate_ordinal", "the ordinal of the batch before", one, AT_READ, NULL, duplicate_ordinal},
    {"backward_ordinal", "an ordinal less than the one before", one, AT_READ, NULL, backward_ordinal},
    {"ordinal_0", "the ordinal 0", one, AT_READ, NULL, ordinal_0},
    {"last_ordinal", "the ordinal after which there is none", one, AT_READ, NULL, last_possible_ordinal},
    {"huge_position", "a position of 10 MiB", "`amount` MiB of 10", AT_READ, NULL, huge_position},
    {"null_position", "a position of 8 bytes at NULL", one, AT_READ, NULL, null_position},
    {"endless_position", "a position of UINT64_MAX bytes", one, AT_READ, NULL, endless_position},
    {"empty_position", "a position of no bytes, which means the start", one, AT_READ, NULL, empty_position},
    {"transform_position", "a position and an ordinal from a transform", one, AT_APPLY, NULL, transform_position},
    {"ok_without_batch", "HEADRACE_OK, and no batch", once, WITH_BATCH, NULL, ok_without_batch},
    {"end_with_batch", "HEADRACE_END_OF_STREAM, and a batch", "a batch may leak", AT_READ, NULL, end_with_batch},
    {"failure_with_batch", "a failure, and a batch", "a batch may leak", WITH_BATCH, NULL, failure_with_batch},
    {"status_4711", "a status that there is not", once, WITH_ERROR, status_4711, NULL},
    {"status_negative", "the status -1", once, WITH_ERROR, status_negative, NULL},
    {"status_of_host", "HEADRACE_CRASHED, which only the host gives", once, WITH_ERROR, status_of_host, NULL},
    {"end_elsewhere", "HEADRACE_END_OF_STREAM where nothing can end", once, WITH_ERROR & ~AT_READ, end_elsewhere,
     NULL},
    {"error_small", "an error with `struct_size` 4", once, WITH_ERROR, error_small, NULL},
    {"error_large", "an error with `struct_size` 2^32 - 1", once, WITH_ERROR, error_large, NULL},
    {"error_bad_message", "a message at an address that is not mapped", once, WITH_ERROR, error_bad_message, NULL},
    {"error_null_message", "a message of 100 bytes at NULL", once, WITH_ERROR, error_null_message, NULL},
    {"error_endless_message", "a message of 2^64 - 1 bytes", once, WITH_ERROR, error_endless_message, NULL},
    {"error_long_message", "a message of 16 MiB", "`amount` MiB of 16", WITH_ERROR, error_long_message, NULL},
    {"error_unreleasable", "a release that frees a constant", once, WITH_ERROR, error_unreleasable, NULL},
    {"error_bad_release", "a release at address 16", once, WITH_ERROR, error_bad_release, NULL},
    {"error_null_details", "5 details at NULL", once, WITH_ERROR, error_null_details, NULL},
    {"error_endless_details", "2^64 - 1 details", once, WITH_ERROR, error_endless_details, NULL},
    {"error_other_status", "another status in the error than returned", once, WITH_ERROR, error_other_status, NULL},
    {"error_silent", "a failure without an error", once, WITH_ERROR, error_silent, NULL},
    {"error_despite_ok", "an error, and HEADRACE_OK", once, WITH_ERROR, error_despite_ok, NULL},
    {"error_retry_never", "`retry_after_ns` of INT64_MAX", once, WITH_ERROR, error_retry_never, NULL},
    {"error_retry_before", "`retry_after_ns` of INT64_MIN", once, WITH_ERROR, error_retry_before, NULL},
    {"error_with_nul", "a NUL in a message", once, WITH_ERROR, error_with_nul, NULL},
    {"error_not_utf8", "a message that is not UTF-8", once, WITH_ERROR, error_not_utf8, NULL},
    {"error_escapes", "a message with line ends and escape sequences", once, WITH_ERROR, error_escapes, NULL},
    {"log_with_nul", "a NUL in a log line", once, WITH_HOST, log_with_nul, NULL},
    {"log_not_utf8", "a log line that is not UTF-8", once, WITH_HOST, log_not_utf8, NULL},
    {"log_escapes", "a log line with line ends and escape sequences", once, WITH_HOST, log_escapes, NULL},
    {"log_bad_pointer", "a log line at an address that is not mapped", once, WITH_HOST, log_bad_pointer, NULL},
    {"log_bad_level", "a log line of level INT32_MIN", once, WITH_HOST, log_bad_level, NULL},
    {"bad_metrics", "metrics that overflow, are not a number, or have no name", once, WITH_HOST, bad_metrics, NULL},
    {"unknown_services", "asks for services that there are not", once, WITH_HOST, unknown_services, NULL},
    {"host_from_thread", "calls the host from a thread of its own: allowed", late, WITH_CALL, host_from_thread, NULL},
    {"host_after_destroy", "calls the host after `destroy`", late, AT_DESTROY, host_after_destroy, NULL},
    {"call_after_return", "asks a call for the time after it returned", late, WITH_CALL, call_after_return, NULL},
    {"input_after_return", "reads its input after it was released", late, AT_APPLY, input_after_return, NULL},
    {"batch_small", "a batch with `struct_size` 8", one, WITH_BATCH, NULL, batch_small},
    {"batch_large", "a batch with `struct_size` 2^32 - 1", one, WITH_BATCH, NULL, batch_large},
    {"stream_small", "a stream with `struct_size` 8", once, AT_DISCOVER, NULL, stream_small},
    {"split_small", "a split with `struct_size` 8", once, AT_SPLITS, NULL, split_small},
    {"table_small", "a table with `struct_size` 12", once, AT_GET_EXTENSION, NULL, table_small},
    {"table_large", "a table with `struct_size` 2^32 - 1", once, AT_GET_EXTENSION, NULL, table_large},
    {"table_empty", "a table without functions", once, AT_GET_EXTENSION, NULL, table_empty},
    {"unknown_stream", "a stream that it does not know itself", once, AT_DISCOVER, NULL, unknown_stream},
    {"same_streams", "two streams of one name", once, AT_DISCOVER, NULL, same_streams},
    {"many_streams", "100,000 streams", "`amount` of 100,000", AT_DISCOVER, NULL, many_streams},
    {"endless_streams", "2^64 - 1 streams, and a list of one", once, AT_DISCOVER, NULL, endless_streams},
    {"stream_without_name", "a stream with an empty name", once, AT_DISCOVER, NULL, stream_without_name},
    {"stream_as_path", "a stream named ../../animals", once, AT_DISCOVER, NULL, stream_as_path},
    {"stream_not_utf8", "a stream whose name is not UTF-8", once, AT_DISCOVER, NULL, stream_not_utf8},
    {"stream_bad_name", "a stream whose name is not mapped", once, AT_DISCOVER, NULL, stream_bad_name},
    {"unknown_key", "a key column that there is not", once, AT_DISCOVER, NULL, unknown_key},
    {"endless_key", "2^64 - 1 key columns, and a list of one", once, AT_DISCOVER, NULL, endless_key},
    {"same_splits", "a split twice", once, AT_SPLITS, NULL, same_splits},
    {"null_split", "a split that is NULL", once, AT_SPLITS, NULL, null_split},
    {"endless_splits", "2^64 - 1 splits, and a list of eight", once, AT_SPLITS, NULL, endless_splits},
    {"empty_split_id", "a split with an empty id", once, AT_SPLITS, NULL, empty_split_id},
    {"long_split_id", "a split with an id of 1 MiB", once, AT_SPLITS, NULL, long_split_id},
    {"long_identity", "a split with an identity of 1 MiB", once, AT_SPLITS, NULL, long_identity},
    {"bad_token", "a split whose token is not mapped", once, AT_SPLITS, NULL, bad_token},
    {"too_many_rows", "a million rows in one batch", "`amount` of 1,000,000", WITH_BATCH, NULL, too_many_rows},
    {"reject_small", "a reject with `struct_size` 8", one, WITH_BATCH, NULL, reject_small},
    {"reject_out_of_range", "a reject of row INT64_MAX", one, WITH_BATCH, NULL, reject_out_of_range},
    {"reject_bad_status", "a reject with a status that there is not", one, WITH_BATCH, NULL, reject_bad_status},
    {"reject_long_record", "a reject with a record of 1 MiB", one, WITH_BATCH, NULL, reject_long_record},
    {"reject_bad_text", "a reject whose place is not mapped", one, WITH_BATCH, NULL, reject_bad_text},
    {"null_reject", "a reject that is NULL", one, WITH_BATCH, NULL, null_reject},
    {"endless_rejects", "2^64 - 1 rejects, and a list of one", one, WITH_BATCH, NULL, endless_rejects},
    {"bad_batch_release", "a batch whose release is at address 16", one, WITH_BATCH, NULL, bad_batch_release},
    {"no_instance", "HEADRACE_OK from `create`, and no instance", "an instance leaks", AT_CREATE, NULL, no_instance},
    {"input_not_taken", "HEADRACE_OK, and the input not moved", one, AT_APPLY, NULL, input_not_taken},
    {"input_taken_despite_failure", "a failure, and the input gone", one, AT_APPLY, input_taken_despite_failure, NULL},
    {"input_released_twice", "the input released, and left to be released", one, AT_APPLY, NULL,
     input_released_twice},
    {0}};
