#define _GNU_SOURCE
#include "script.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scripted.h"

static atomic_llong counters[COUNTERS];
static const char* const counter_names[COUNTERS] = {
    "created", "destroyed", "inits", "deinits", "calls", "cancels", "errors", "errors_released", "batches",
    "batches_released", "arrays", "arrays_released", "schemas", "schemas_released", "lists", "lists_released",
    "readers", "readers_closed", "writers", "writers_closed", "acks"};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_opened = PTHREAD_COND_INITIALIZER;
static bool is_gate_open;

void count(enum counter what) { atomic_fetch_add(&counters[what], 1); }

int64_t headrace_scripted_count(const char* what) {
  for (int index = 0; index < COUNTERS; index++)
    if (strcmp(counter_names[index], what) == 0) return atomic_load(&counters[index]);
  return -1;
}

void headrace_scripted_resume(void) {
  pthread_mutex_lock(&gate);
  is_gate_open = true;
  pthread_cond_broadcast(&gate_opened);
  pthread_mutex_unlock(&gate);
}

static void hang(void) {
  pthread_mutex_lock(&gate);
  while (!is_gate_open) pthread_cond_wait(&gate_opened, &gate);
  pthread_mutex_unlock(&gate);
}

headrace_string text_of(const char* text) {
  headrace_string result = {text, strlen(text)};
  return result;
}

/* The text after `"key":` in the configuration, or NULL. The host has validated it: keys are sought as they stand. */
static const char* value_of(const char* config, const char* key) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\"", key);
  for (const char* found = config; (found = strstr(found, quoted)) != NULL;) {
    found += strlen(quoted);
    const char* after = found + strspn(found, " \t\r\n");
    if (*after == ':') return after + 1 + strspn(after + 1, " \t\r\n");
  }
  return NULL;
}

int64_t config_number(const headrace_instance* instance, const char* key, int64_t otherwise) {
  const char* value = value_of(instance->config, key);
  return value ? strtoll(value, NULL, 10) : otherwise;
}

/* Copies the JSON string that begins at `from` and returns what follows it. */
static const char* copy_string(const char* from, char* to, size_t capacity) {
  size_t length = 0;
  for (from++; *from && *from != '"'; from++) {
    if (*from == '\\' && from[1]) from++;
    if (length + 1 < capacity) to[length++] = *from;
  }
  to[length] = 0;
  return *from ? from + 1 : from;
}

bool config_text(const headrace_instance* instance, const char* key, char* out, size_t capacity) {
  const char* value = value_of(instance->config, key);
  if (!value || *value != '"') return false;
  copy_string(value, out, capacity);
  return true;
}

static int slot_of(const char* function) {
  static const char* const names[] = {"create", "discover", "splits", "open", "read", "ack", "bind", "apply",
                                      "inspect", "finish", "save", "restore", "open_writer", "write", "finish_writer",
                                      "complete"};
  for (size_t index = 0; index < sizeof names / sizeof *names; index++)
    if (strcmp(names[index], function) == 0) return (int)index;
  abort();
}

struct step next_step(headrace_instance* instance, const char* function) {
  struct step step = {"ok", 0};
  int* cursor = &instance->cursor[slot_of(function)];
  const char* list = value_of(instance->config, function);
  if (!list || *list != '[') return step;
  const char* at = list + 1;
  for (int index = 0; index <= *cursor; index++) {
    at += strspn(at, " \t\r\n,");
    if (*at != '"') {
      snprintf(step.text, sizeof step.text, "ok");
      return step;
    }
    at = copy_string(at, step.text, sizeof step.text);
  }
  if (!step_has(&step, "forever")) ++*cursor;
  return step;
}

const char* step_text(const struct step* step, const char* key) {
  static _Thread_local char found[512];
  size_t length = strlen(key);
  for (const char* word = step->text; *word; word += strspn(word, " ")) {
    size_t size = strcspn(word, " ");
    if (size > length && strncmp(word, key, length) == 0 && word[length] == '=') {
      snprintf(found, sizeof found, "%.*s", (int)(size - length - 1), word + length + 1);
      return found;
    }
    word += size;
  }
  return NULL;
}

bool step_has(const struct step* step, const char* key) {
  size_t length = strlen(key);
  for (const char* word = step->text; *word; word += strspn(word, " ")) {
    size_t size = strcspn(word, " ");
    if (size >= length && strncmp(word, key, length) == 0 && (size == length || word[length] == '=')) return true;
    word += size;
  }
  return false;
}

int64_t step_number(const struct step* step, const char* key, int64_t otherwise) {
  const char* text = step_text(step, key);
  return text ? strtoll(text, NULL, 10) : otherwise;
}

static headrace_status status_of(const struct step* step) {
  static const char* const names[] = {
      "ok", "end_of_stream", "cancelled", "deadline_exceeded", "timeout", "rejected", "transient", "throttled",
      "quota_exhausted", "unauthenticated", "permission_denied", "invalid_config", "bad_record", "not_found",
      "conflict", "unsupported", "content_filtered", "truncated", "fatal", "crashed", "hung"};
  size_t size = strcspn(step->text, " ");
  for (size_t index = 0; index < sizeof names / sizeof *names; index++)
    if (strlen(names[index]) == size && strncmp(names[index], step->text, size) == 0) return (headrace_status)index;
  return (headrace_status)strtol(step->text, NULL, 10);
}

static void release_error(headrace_error* error) {
  count(ERRORS_RELEASED);
  free(error->private_data);
  error->private_data = NULL;
  error->release = NULL;
}

/* A text behind so many bytes of filling as the step's `lead` says, and before as much as there is room for. */
static void put_text(const struct step* step, const char* text, char filling, char* out, size_t size) {
  size_t lead = (size_t)step_number(step, "lead", 0);
  size_t length = strlen(text);
  memset(out, filling, size);
  if (lead < size) memcpy(out + lead, text, length < size - lead ? length : size - lead);
}

static void release_details(headrace_error* error) {
  free((void*)(uintptr_t)error->details);
  release_error(error);
}

/* Gives an error as many details as the step says, of one text; their keys are letters. */
static void add_details(const struct step* step, headrace_error* error) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
  if (!step_has(step, "detail")) return;
  uint64_t pairs = (uint64_t)step_number(step, "details", 1);
  size_t size = (size_t)step_number(step, "detail_bytes", (int64_t)strlen(step_text(step, "detail")));
  headrace_key_value* details = malloc(pairs * sizeof *details + size);
  if (!details) return;
  char* text = (char*)(details + pairs);
  char value[512];
  snprintf(value, sizeof value, "%s", step_text(step, "detail"));
  put_text(step, value, 'd', text, size);
  for (uint64_t index = 0; index < pairs; index++)
    details[index] = (headrace_key_value){{letters + index % 26, 1}, {text, size}};
  error->details = details;
  error->n_details = pairs;
  error->release = release_details;
}

/* Fills an error with what the step says of it. `text` is the message. */
static headrace_status fail(headrace_status status, const struct step* step, const char* text, headrace_error* error) {
  size_t length = (size_t)step_number(step, "message_bytes", (int64_t)strlen(text));
  char* copy = malloc(length + sizeof step->text);
  if (!copy) return HEADRACE_FATAL;
  put_text(step, text, 'm', copy, length);
  error->status = status;
  error->message.data = copy;
  error->message.length = length;
  const char* state = step_text(step, "vendor_state");
  if (state) {
    memcpy(copy + length, state, strlen(state));
    error->vendor_state.data = copy + length;
    error->vendor_state.length = strlen(state);
  }
  error->vendor_code = step_number(step, "vendor_code", 0);
  int64_t pause = step_number(step, "retry_after_ms", -1);
  error->retry_after_ns = pause < 0 ? HEADRACE_NO_RETRY_AFTER : pause * 1000000;
  error->private_data = copy;
  error->release = release_error;
  add_details(step, error);
  count(ERRORS);
  return status;
}

/* Whether there is the file that a word of the step names. */
static bool is_there(const struct step* step, const char* key) {
  const char* path = step_text(step, key);
  return path && access(path, F_OK) == 0;
}

/* Whether the step waits for somebody who makes a file. */
static bool is_held(const struct step* step) {
  return step->row >= step_number(step, "from_row", 0) && step_has(step, "until") && !is_there(step, "until");
}

/* Waits as the step says. HEADRACE_OK when the time is over. */
static headrace_status dawdle(headrace_instance* instance, const headrace_call* call, const struct step* step) {
  if (step_has(step, "hang")) hang();
  bool waits_for_cancel = step_has(step, "wait");
  int64_t pause = is_there(step, "unless") ? 0 : step_number(step, "sleep_ms", 0);
  int64_t end = call->now(call) + pause * 1000000;
  while (waits_for_cancel || is_held(step) || call->now(call) < end) {
    if (!step_has(step, "stubborn")) {
      if (__atomic_load_n(&instance->cancelled, __ATOMIC_ACQUIRE) || call->is_cancelled(call)) {
        // A wait stands for a dependency that is silent: when the host ends it, its time was up.
        return call->now(call) >= call->deadline_ns ? HEADRACE_DEADLINE_EXCEEDED : HEADRACE_CANCELLED;
      }
      if (!step_has(step, "late") && call->now(call) >= call->deadline_ns) return HEADRACE_DEADLINE_EXCEEDED;
    }
    struct timespec moment = {0, 200000};
    nanosleep(&moment, NULL);
  }
  return HEADRACE_OK;
}

static void die(const char* how) {
  if (strcmp(how, "abort") == 0) abort();
  if (strcmp(how, "segv") == 0) raise(SIGSEGV);
  if (strcmp(how, "exit") == 0) _exit(0);
}

static void write_log(const headrace_host* host, const char* text, size_t length) {
  const headrace_host_log* log = host->get_extension(host, text_of(HEADRACE_HOST_LOG));
  if (!log) return;
  headrace_string message = {text, length};
  headrace_key_value field = {text_of("from"), text_of("script")};
  log->write(host, HEADRACE_LOG_WARNING, message, &field, 1);
}

static void use_logs_and_metrics(headrace_instance* instance, const struct step* step) {
  const headrace_host* host = instance->host;
  int64_t lines = step_number(step, "log", 0);
  for (int64_t line = 0; line < lines; line++) {
    char text[64];
    write_log(host, text, (size_t)snprintf(text, sizeof text, "line %lld", (long long)line));
  }
  int64_t bytes = step_number(step, "log_bytes", 0);
  if (bytes > 0) {
    char* text = malloc((size_t)bytes);
    if (text) memset(text, 'x', (size_t)bytes), write_log(host, text, (size_t)bytes);
    free(text);
  }
  const headrace_host_metrics* metrics = host->get_extension(host, text_of(HEADRACE_HOST_METRICS));
  for (int64_t index = 0; metrics && index < step_number(step, "metrics", 0); index++) {
    char name[32];
    snprintf(name, sizeof name, "metric_%lld", (long long)index);
    metrics->add(host, text_of(name), 2);
    metrics->set(host, text_of("gauge_rows"), 7.5);
  }
}

/* Puts what a service answered into `out`: the bytes, or the status and message of its error. */
static void tell(char* out, size_t capacity, headrace_status status, headrace_buffer* buffer, headrace_error* error) {
  if (status == HEADRACE_OK) {
    snprintf(out, capacity, "it is '%.*s'", (int)buffer->bytes.length, (const char*)buffer->bytes.data);
  } else {
    snprintf(out, capacity, "status %d: %.*s", status, (int)error->message.length, error->message.data);
  }
  if (buffer->release) buffer->release(buffer);
  if (error->release) error->release(error);
}

/* Uses the secret store or the state store as the step says. True if there is something to tell. */
static bool use_stores(headrace_instance* instance, const struct step* step, char* out, size_t capacity) {
  const headrace_host* host = instance->host;
  headrace_buffer buffer = {.struct_size = sizeof buffer};
  headrace_error error = {.struct_size = sizeof error, .retry_after_ns = HEADRACE_NO_RETRY_AFTER};
  const char* name = step_text(step, "secret");
  if (name) {
    const headrace_host_secrets* secrets = host->get_extension(host, text_of(HEADRACE_HOST_SECRETS));
    headrace_status status = secrets->read(host, text_of(name), &buffer, &error);
    tell(out, capacity, status, &buffer, &error);
    write_log(host, out, strlen(out));
    return true;
  }
  const headrace_host_state* state = host->get_extension(host, text_of(HEADRACE_HOST_STATE));
  const char* written = step_text(step, "state_write");
  if (written) {
    char key[512];
    snprintf(key, sizeof key, "%s", written);
    char* value = strchr(key, ':');
    headrace_bytes bytes = {value ? (const uint8_t*)value + 1 : NULL, value ? strlen(value + 1) : 0};
    if (step_has(step, "state_bytes")) bytes.length = (uint64_t)step_number(step, "state_bytes", 0);
    if (value) *value = 0;
    uint8_t* large = bytes.length > sizeof key ? calloc(1, bytes.length) : NULL;
    if (large) bytes.data = large;
    headrace_status status = state->write(host, text_of(key), bytes, &error);
    free(large);
    tell(out, capacity, status, &buffer, &error);
    return true;
  }
  const char* read = step_text(step, "state_read");
  if (!read) return false;
  tell(out, capacity, state->read(host, text_of(read), &buffer, &error), &buffer, &error);
  return true;
}

headrace_status play(headrace_instance* instance, const headrace_call* call, const struct step* step,
                     headrace_error* error) {
  count(CALLS);
  __atomic_store_n(&instance->cancelled, false, __ATOMIC_RELEASE);
  use_logs_and_metrics(instance, step);
  const char* death = step_text(step, "die");
  if (death) die(death);
  char told[2048] = "";
  bool has_told = use_stores(instance, step, told, sizeof told);
  headrace_status status = dawdle(instance, call, step);
  if (status != HEADRACE_OK) return fail(status, step, "it was asked to end", error);
  status = status_of(step);
  if (status == HEADRACE_OK || status == HEADRACE_END_OF_STREAM) return status;
  if (step_has(step, "silent")) return status;
  const char* message = step_text(step, "message");
  char text[512];
  snprintf(text, sizeof text, "%s (attempt %u)", message ? message : "the script says so", call->attempt);
  bool is_filling = step_has(step, "message_bytes") && !step_has(step, "lead");
  return fail(status, step, has_told ? told : is_filling ? "" : text, error);
}
