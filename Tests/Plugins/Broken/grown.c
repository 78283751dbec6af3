/* A plugin of a later version, with more behind each structure than this host knows: poison, for whoever reads it. */
#include "base.h"

typedef struct { headrace_entry known; uint8_t tail[64]; } grown_entry;
typedef struct { headrace_factory known; uint8_t tail[64]; } grown_factory;
typedef struct { headrace_detector known; uint8_t tail[64]; } grown_detector;
typedef struct { headrace_finding known; uint8_t tail[64]; } grown_finding;

#define POISON {0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA}

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
                              headrace_instance** out, headrace_error* error) {
  (void)call, (void)host, (void)config, (void)error;
  *out = malloc(1);
  return HEADRACE_OK;
}

static void destroy(headrace_instance* instance) { free(instance); }

static void cancel(headrace_instance* instance) { (void)instance; }

static headrace_status bind(headrace_instance* instance, const headrace_call* call, headrace_string stream,
                            const struct ArrowSchema* schema, headrace_error* error) {
  (void)instance, (void)call, (void)stream, (void)schema, (void)error;
  return HEADRACE_OK;
}

static headrace_status inspect(headrace_instance* instance, const headrace_call* call, const struct ArrowArray* batch,
                               headrace_finding_list* out, headrace_error* error) {
  (void)instance, (void)call, (void)batch, (void)error;
  static const grown_finding findings[2] = {
      {{sizeof(grown_finding), 2, {"grown", 5}, {NULL, 0}, {"first", 5}, 0, 2, 3, 4}, POISON},
      {{sizeof(grown_finding), 0, {"grown", 5}, {NULL, 0}, {"second", 6}, 1, 2, 3, 4}, POISON}};
  static const headrace_finding* const items[2] = {&findings[0].known, &findings[1].known};
  out->items = items;
  out->n_items = 2;
  return HEADRACE_OK;
}

static const grown_factory factory = {{sizeof factory, 0, {"{}", 2}, create, destroy, cancel}, POISON};

/* What a later host would find there is not there for this one: no finish, no save, no restore. */
static const grown_detector detector = {{sizeof detector, 0, &factory.known, bind, inspect, NULL, NULL, NULL}, POISON};

static const void* offer(headrace_string id) { return is(id, HEADRACE_DETECTOR) ? &detector : NULL; }

static const grown_entry entry = {{sizeof entry, 0, NAME, {"2.0.0", 5}, agree, NULL, NULL, offer}, POISON};

const headrace_entry* headrace_plugin_entry(void) { return &entry.known; }
