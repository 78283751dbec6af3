/* Errors, texts for the host and threads that break what the headers say. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

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
static const char escapes[] = "done\r\n\x1B[2J\x1B]0;title\x07{\"level\":\"info\"}\nok";

static headrace_status error_with_nul(struct visit* visit) { return error_with(visit, with_nul, sizeof with_nul - 1); }

static headrace_status error_not_utf8(struct visit* visit) { return error_with(visit, not_utf8.data, not_utf8.length); }

static headrace_status error_escapes(struct visit* visit) { return error_with(visit, escapes, sizeof escapes - 1); }
/* The host's services. */

static headrace_status log_text(struct visit* visit, int32_t level, const char* data, uint64_t length) {
  const headrace_host_log* log = host_service(visit->host, HEADRACE_HOST_LOG);
  headrace_string text = {data, length};
  if (log) log->write(visit->host, level, text, NULL, 0);
  return HEADRACE_OK;
}

static headrace_status log_with_nul(struct visit* visit) { return log_text(visit, 1, with_nul, sizeof with_nul - 1); }

static headrace_status log_not_utf8(struct visit* visit) { return log_text(visit, 1, not_utf8.data, not_utf8.length); }

static headrace_status log_escapes(struct visit* visit) { return log_text(visit, 1, escapes, sizeof escapes - 1); }

static headrace_status log_bad_pointer(struct visit* visit) { return log_text(visit, 1, nowhere(), 100); }

static headrace_status log_bad_level(struct visit* visit) { return log_text(visit, INT32_MIN, "no such level", 13); }

static headrace_status bad_metrics(struct visit* visit) {
  const headrace_host_metrics* metrics = host_service(visit->host, HEADRACE_HOST_METRICS);
  headrace_string name = not_utf8;
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
  headrace_string ids[] = {
      {"headrace.log/2", 14}, {with_nul, sizeof with_nul - 1}, {not_utf8.data, 4}, {"", 0}, {NULL, 0}};
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

static const char once[] = "once", late[] = "200 ms";

const struct misbehaviour error_breaches[] = {
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
    {0}};
