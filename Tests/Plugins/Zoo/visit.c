#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "zoo.h"

headrace_string text_of(const char* text) {
  headrace_string result = {text, strlen(text)};
  return result;
}

const char* nowhere(void) {
  volatile uintptr_t address = 16;
  return (const char*)address;
}

const headrace_string not_utf8 = {"caf\xE9 \xC0\xAF \xED\xA0\x80 \xFF", 13};

/* Not constant, so that the library is no MiB larger. */
static char zeros[1 << 20];
const headrace_string long_text = {zeros, sizeof zeros};

/* Time. */

int64_t monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void sleep_ns(int64_t ns) {
  int64_t until = monotonic_ns() + ns;
  for (int64_t left = ns; left > 0; left = until - monotonic_ns()) {
    struct timespec pause = {left / 1000000000, left % 1000000000};
    nanosleep(&pause, NULL);
  }
}

int64_t duration_ns(const struct visit* visit) { return visit->settings->seconds * 1000000000; }

int64_t bounded(const struct visit* visit, int64_t most) {
  int64_t amount = visit->settings->amount;
  return amount >= 0 && amount < most ? amount : most;
}

/* What the host offers. */

const void* host_service(const headrace_host* host, const char* id) {
  return host ? host->get_extension(host, text_of(id)) : NULL;
}

void say(struct visit* visit, int32_t level, const char* message) {
  const headrace_host_log* log = host_service(visit->host, HEADRACE_HOST_LOG);
  if (log) log->write(visit->host, level, text_of(message), NULL, 0);
}

/* Errors. */

headrace_status fail(struct visit* visit, headrace_status status, const char* message) {
  if (!visit->error) return status;
  visit->error->status = status;
  visit->error->message = text_of(message);
  return status;
}

static void release_message(headrace_error* error) {
  free(error->private_data);
  error->private_data = NULL;
  error->release = NULL;
}

headrace_status fail_with_code(struct visit* visit, int code) {
  bool is_denied = code == EPERM || code == EACCES || code == ENOSYS;
  headrace_status status = is_denied ? HEADRACE_PERMISSION_DENIED : HEADRACE_FATAL;
  char message[256];
  snprintf(message, sizeof message, "%s was stopped: %s", visit->settings->misbehaviour->name, strerror(code));
  say(visit, HEADRACE_LOG_INFO, message);
  fail(visit, status, "an attempt was stopped");
  if (!visit->error) return status;
  visit->error->vendor_code = code;
  char* copy = malloc(strlen(message) + 1);
  if (!copy) return status;
  visit->error->message = text_of(strcpy(copy, message));
  visit->error->private_data = copy;
  visit->error->release = release_message;
  return status;
}

headrace_status attempted(struct visit* visit, int code) {
  if (code != 0) return fail_with_code(visit, code);
  char message[256];
  snprintf(message, sizeof message, "%s was not stopped", visit->settings->misbehaviour->name);
  say(visit, HEADRACE_LOG_WARNING, message);
  return HEADRACE_OK;
}

/* When it happens. */

/* Whether the mark of an earlier time is not there; it is then. A mark that cannot be made stops nothing. */
static bool is_first_time(const struct settings* settings) {
  if (!settings->once[0]) return true;
  int mark = open(settings->once, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
  if (mark < 0) return errno != EEXIST;
  close(mark);
  return true;
}

bool claim(headrace_instance* instance, enum place place) {
  const struct settings* settings = &instance->settings;
  if (!settings->misbehaviour || !(settings->at & place) || instance->batches < settings->after) return false;
  if (!settings->is_repeated && atomic_exchange(&instance->has_misbehaved, true)) return false;
  return is_first_time(settings);
}

struct visit visit_of(headrace_instance* instance, const headrace_call* call, enum place place, headrace_error* error) {
  struct visit visit = {.place = place, .settings = &instance->settings, .instance = instance, .host = instance->host};
  visit.call = call;
  visit.error = error;
  visit.is_due = claim(instance, place);
  /* A `cancel` from before this call means another one. */
  if (call) atomic_store(&instance->is_cancelled, false);
  return visit;
}

headrace_status begin(struct visit* visit) {
  const headrace_call* call = visit->call;
  if (call && call->is_cancelled(call)) return fail(visit, HEADRACE_CANCELLED, "cancelled");
  if (call && call->deadline_ns != HEADRACE_NO_DEADLINE && call->now(call) >= call->deadline_ns)
    return fail(visit, HEADRACE_DEADLINE_EXCEEDED, "the time was up before the call began");
  if (!visit->is_due || !visit->settings->misbehaviour->before) return HEADRACE_OK;
  return visit->settings->misbehaviour->before(visit);
}

headrace_status end(struct visit* visit) {
  if (!visit->is_due || !visit->settings->misbehaviour->after) return HEADRACE_OK;
  return visit->settings->misbehaviour->after(visit);
}

/* Before there is a configuration, HEADRACE_ZOO of the environment is one, with 'at' for a function that comes so
 * early. A configuration that cannot be read is none. */
headrace_status early_visit(enum place place, const void** table, headrace_error* error) {
  static atomic_bool has_misbehaved;
  const char* text = getenv("HEADRACE_ZOO");
  struct settings settings;
  if (!text || read_settings(text, &settings) || !settings.misbehaviour || !(settings.at & place)) return HEADRACE_OK;
  if (!settings.is_repeated && atomic_exchange(&has_misbehaved, true)) return HEADRACE_OK;
  if (!is_first_time(&settings)) return HEADRACE_OK;
  struct visit visit = {.place = place, .settings = &settings, .error = error, .table = table, .is_due = true};
  headrace_status status = begin(&visit);
  return status == HEADRACE_OK ? end(&visit) : status;
}
