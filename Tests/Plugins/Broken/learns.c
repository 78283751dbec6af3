/* A detector that learns how many batches and rows went by and what is their sum, tells so of every batch, and breaks
 * off in the middle of it where it is told to, once each: `{"at": "3:learnt 5:save", "marks": "/a/folder"}`. A place is
 * the number of batches that were learnt before, and
 *
 *   before, learnt   its process is killed before or after `inspect` has learnt from the batch
 *   save, restore    it is killed there
 *   finish           it is killed in `finish`, which has learnt by then
 *   transient        `inspect` fails for a while, having learnt from the batch
 *
 * Compiled with -DFORGETFUL it has neither `save` nor `restore`. */
#include <headrace/kit.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

struct learnt {
  int64_t batches, rows, sum, runs;
};

struct headrace_instance {
  struct learnt learnt;
  char *at, *marks;
  int64_t state_bytes; /* how large a state is */
  int64_t save_fails_from; /* batches */
  bool refuses;
};

static const char schema[] = KIT_JSON({
  "type": "object", "additionalProperties": false, "properties": {
    "at": {"type": "string", "default": ""}, "marks": {"type": "string", "default": ""},
    "state_bytes": {"type": "integer", "default": 32}, "save_fails_from": {"type": "integer", "default": -1},
    "refuses": {"type": "boolean", "default": false}}});

/* Whether this is a place where something was to happen, and had not yet in any process. */
static bool happens(const headrace_instance* instance, int64_t batch, const char* place) {
  char places[512], name[64], mark[512];
  snprintf(places, sizeof places, " %s ", instance->at);
  snprintf(name, sizeof name, " %" PRId64 ":%s ", batch, place);
  snprintf(mark, sizeof mark, "%s/%" PRId64 "-%s", instance->marks, batch, place);
  if (!strstr(places, name)) return false;
  int file = open(mark, O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (file >= 0) close(file);
  return file >= 0;
}

static void visit(const headrace_instance* instance, int64_t batch, const char* place) {
  if (happens(instance, batch, place)) raise(SIGKILL);
}

static void cancel(headrace_instance* instance) { (void)instance; }

static void destroy(headrace_instance* instance) {
  free(instance->at);
  free(instance->marks);
  free(instance);
}

static headrace_status configure(headrace_instance* instance, headrace_string config, headrace_error* error) {
  KIT_TRY(kit_string(config, "at", &instance->at, error));
  KIT_TRY(kit_string(config, "marks", &instance->marks, error));
  KIT_TRY(kit_int64(config, "state_bytes", &instance->state_bytes, error));
  KIT_TRY(kit_int64(config, "save_fails_from", &instance->save_fails_from, error));
  return kit_bool(config, "refuses", &instance->refuses, error);
}

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
                              headrace_instance** out, headrace_error* error) {
  (void)call, (void)host;
  headrace_instance* instance = calloc(1, sizeof *instance);
  if (!instance) return kit_no_memory(error);
  headrace_status status = configure(instance, config, error);
  if (status == HEADRACE_OK) *out = instance;
  else destroy(instance);
  return status;
}

static headrace_status bind(headrace_instance* instance, const headrace_call* call, headrace_string stream,
                            const struct ArrowSchema* schema, headrace_error* error) {
  (void)instance, (void)call, (void)stream, (void)schema, (void)error;
  return HEADRACE_OK;
}

/* One finding about all that is known. */
static headrace_status tell(const struct learnt* known, headrace_finding_list* out, headrace_error* error) {
  kit_findings findings = {0};
  headrace_finding finding = {.rule = kit_text("known"), .row = -1, .score = 1,
                              .observed = (double)known->sum, .expected = (double)known->rows};
  kit_add_finding(&findings, &finding, "%" PRId64 " batches, %" PRId64 " rows, %" PRId64 " in all, %" PRId64 " runs",
                  known->batches, known->rows, known->sum, known->runs);
  return kit_end_findings(&findings, out, error);
}

static headrace_status inspect(headrace_instance* instance, const headrace_call* call, const struct ArrowArray* batch,
                               headrace_finding_list* out, headrace_error* error) {
  (void)call;
  struct learnt* known = &instance->learnt;
  int64_t number = known->batches;
  visit(instance, number, "before");
  kit_view column = kit_view_of(batch, 0);
  for (int64_t row = 0; row < batch->length; row++) known->sum += kit_int64_at(&column, row);
  known->rows += batch->length;
  known->batches += 1;
  visit(instance, number, "learnt");
  if (happens(instance, number, "transient")) return kit_fail(error, HEADRACE_TRANSIENT, "not now");
  return tell(known, out, error);
}

static headrace_status finish(headrace_instance* instance, const headrace_call* call,
                              const headrace_run_summary* summary, headrace_finding_list* out, headrace_error* error) {
  (void)call, (void)summary;
  instance->learnt.runs += 1;
  visit(instance, instance->learnt.batches, "finish");
  return tell(&instance->learnt, out, error);
}

#ifndef FORGETFUL
static void release_state(headrace_buffer* buffer) {
  free(buffer->private_data);
  buffer->release = NULL;
}

static headrace_status save(headrace_instance* instance, const headrace_call* call, headrace_buffer* out,
                            headrace_error* error) {
  (void)call;
  visit(instance, instance->learnt.batches - 1, "save");
  if (instance->save_fails_from >= 0 && instance->learnt.batches >= instance->save_fails_from)
    return kit_fail(error, HEADRACE_TRANSIENT, "the learner has no room for it");
  uint8_t* state = calloc(1, (size_t)instance->state_bytes);
  if (!state) return kit_no_memory(error);
  memcpy(state, &instance->learnt, sizeof instance->learnt);
  headrace_buffer buffer = {sizeof buffer, 0, {state, (uint64_t)instance->state_bytes}, state, release_state};
  kit_fill(out, &buffer, sizeof buffer);
  return HEADRACE_OK;
}

static headrace_status restore(headrace_instance* instance, const headrace_call* call, headrace_bytes state,
                               headrace_error* error) {
  (void)call;
  if (instance->refuses) return kit_fail(error, HEADRACE_UNSUPPORTED, "a state of another version");
  memcpy(&instance->learnt, state.data, sizeof instance->learnt);
  visit(instance, instance->learnt.batches, "restore");
  return HEADRACE_OK;
}
#else
#define save NULL
#define restore NULL
#endif

static const headrace_factory factory = {sizeof factory, 0, KIT_TEXT(schema), create, destroy, cancel};
static const headrace_detector detector = {sizeof detector, 0, &factory, bind, inspect, finish, save, restore};
KIT_PLUGIN("learns", "1.0.0", HEADRACE_DETECTOR, &detector);
