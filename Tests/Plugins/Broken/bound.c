/* A detector whose instances are bound to the thread that made them, and which counts calls from others. */
#include "base.h"

#include <pthread.h>

struct headrace_instance { pthread_t maker; };

static int32_t strangers;

/* How many calls came from a thread that did not make the instance. */
__attribute__((visibility("default"))) int32_t bound_strangers(void) { return strangers; }

static void look(headrace_instance* instance) {
  if (!pthread_equal(instance->maker, pthread_self())) __atomic_add_fetch(&strangers, 1, __ATOMIC_RELAXED);
}

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
                              headrace_instance** out, headrace_error* error) {
  (void)call, (void)host, (void)config, (void)error;
  *out = malloc(sizeof **out);
  (*out)->maker = pthread_self();
  return HEADRACE_OK;
}

static void destroy(headrace_instance* instance) {
  look(instance);
  free(instance);
}

static void cancel(headrace_instance* instance) { (void)instance; }

static headrace_status bind(headrace_instance* instance, const headrace_call* call, headrace_string stream,
                            const struct ArrowSchema* schema, headrace_error* error) {
  (void)call, (void)stream, (void)schema, (void)error;
  look(instance);
  return HEADRACE_OK;
}

static headrace_status inspect(headrace_instance* instance, const headrace_call* call, const struct ArrowArray* batch,
                               headrace_finding_list* out, headrace_error* error) {
  (void)call, (void)batch, (void)out, (void)error;
  look(instance);
  return HEADRACE_OK;
}

static const headrace_factory factory = {
    sizeof factory, HEADRACE_INSTANCE_THREAD_BOUND, {"{}", 2}, create, destroy, cancel};
static const headrace_detector detector = {sizeof detector, 0, &factory, bind, inspect, NULL, NULL, NULL};
static const void* offer(headrace_string id) { return is(id, HEADRACE_DETECTOR) ? &detector : NULL; }
static const headrace_entry entry = {sizeof entry, 0, NAME, VERSION, agree, NULL, NULL, offer};
const headrace_entry* headrace_plugin_entry(void) { return &entry; }
