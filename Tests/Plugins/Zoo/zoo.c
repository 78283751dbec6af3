/* The library and its instances. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zoo.h"

static headrace_status refuse(headrace_error* error, headrace_status status, const char* reason) {
  error->status = status;
  error->message = text_of(reason);
  return status;
}

static char* copy_text(headrace_string text) {
  char* copy = malloc(text.length + 1);
  if (!copy) return NULL;
  if (text.length) memcpy(copy, text.data, text.length);
  copy[text.length] = 0;
  return copy;
}

static headrace_status make_instance(const headrace_host* host, headrace_string config, headrace_instance** out,
                                     headrace_error* error) {
  headrace_instance* instance = calloc(1, sizeof *instance);
  char* text = copy_text(config);
  if (!instance || !text) {
    free(instance);
    free(text);
    return refuse(error, HEADRACE_FATAL, "out of memory");
  }
  const char* mistake = read_settings(text, &instance->settings);
  free(text);
  if (mistake) {
    free(instance);
    return refuse(error, HEADRACE_INVALID_CONFIG, mistake);
  }
  instance->host = host;
  if (instance->settings.uses_allocator) instance->allocator = host_service(host, HEADRACE_HOST_ALLOCATOR);
  *out = instance;
  return HEADRACE_OK;
}

static void free_instance(headrace_instance* instance) {
  for (int index = 0; index < instance->n_descriptors; index++) close(instance->descriptors[index]);
  free(instance->descriptors);
  if (instance->file_to_remove) unlink(instance->file_to_remove);
  free(instance->file_to_remove);
  free(instance);
}

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
                              headrace_instance** out, headrace_error* error) {
  headrace_status status = make_instance(host, config, out, error);
  if (status != HEADRACE_OK) return status;
  headrace_instance* instance = *out;
  struct visit visit = visit_of(instance, call, AT_CREATE, error);
  visit.created = out;
  status = begin(&visit);
  if (status == HEADRACE_OK) status = end(&visit);
  if (status == HEADRACE_OK) return status;
  free_instance(instance);
  *out = NULL;
  return status;
}

static void destroy(headrace_instance* instance) {
  struct visit visit = visit_of(instance, NULL, AT_DESTROY, NULL);
  if (begin(&visit) == HEADRACE_OK) end(&visit);
  free_instance(instance);
}

static void cancel(headrace_instance* instance) {
  atomic_store(&instance->is_cancelled, true);
  struct visit visit = visit_of(instance, NULL, AT_CANCEL, NULL);
  if (begin(&visit) == HEADRACE_OK) end(&visit);
}

static const char schema[] =
    "{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {"
    "\"misbehaviour\": {\"type\": \"string\", \"description\": \"A name of the table in README.md, or none.\"}, "
    "\"at\": {\"type\": \"string\", \"description\": \"The function in which it happens.\"}, "
    "\"after\": {\"type\": \"integer\", \"minimum\": 0, \"description\": \"Batches that come before.\"}, "
    "\"every\": {\"type\": \"boolean\", \"description\": \"At every call from then on, not once.\"}, "
    "\"once\": {\"type\": \"string\", \"description\": \"A file: while it is there, nothing happens.\"}, "
    "\"rows\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 1000000, \"description\": \"Of each split.\"}, "
    "\"batch_rows\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 10000, "
    "\"description\": \"Of a batch.\"}, "
    "\"splits\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 8, \"description\": \"Of the stream.\"}, "
    "\"seconds\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 600, "
    "\"description\": \"What takes time takes.\"}, "
    "\"amount\": {\"type\": \"integer\", \"minimum\": 0, \"description\": \"Lowers a bound.\"}, "
    "\"port\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 65535, \"description\": \"To aim at.\"}, "
    "\"path\": {\"type\": \"string\", \"description\": \"A file or a folder to aim at.\"}, "
    "\"allocator\": {\"type\": \"boolean\", \"description\": \"Whether rows lie in the host's memory.\"}}}";

const headrace_factory zoo_factory = {
    sizeof zoo_factory, 0, {schema, sizeof schema - 1}, create, destroy, cancel};

static headrace_status negotiate(uint32_t minimum, uint32_t maximum, uint32_t* version, headrace_error* error) {
  if (minimum > HEADRACE_ABI_VERSION || maximum < HEADRACE_ABI_VERSION)
    return refuse(error, HEADRACE_UNSUPPORTED, "the zoo needs ABI version 1");
  *version = HEADRACE_ABI_VERSION;
  return early_visit(AT_NEGOTIATE, NULL, error);
}

static headrace_status init(headrace_error* error) { return early_visit(AT_INIT, NULL, error); }

static void deinit(void) { early_visit(AT_DEINIT, NULL, NULL); }

static const void* get_extension(headrace_string id) {
  static const struct {
    const char* id;
    const void* table;
  } kinds[] = {{HEADRACE_SOURCE, &zoo_source}, {HEADRACE_TRANSFORM, &zoo_transform}, {HEADRACE_FORMAT, &zoo_format}};
  const void* table = NULL;
  for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++)
    if (strlen(kinds[index].id) == id.length && memcmp(kinds[index].id, id.data, id.length) == 0)
      table = kinds[index].table;
  if (table) early_visit(table == &zoo_format ? AT_GET_FORMAT : AT_GET_EXTENSION, &table, NULL);
  return table;
}

static const headrace_entry entry = {sizeof entry, 0, {"zoo", 3}, {"1.0.0", 5}, negotiate, init, deinit, get_extension};

const headrace_entry* headrace_plugin_entry(void) { return &entry; }
