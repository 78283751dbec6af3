/* A transform that lets exceptions of C++ out through the boundary, where the caller may be C or Swift and knows none.
 * It has no barrier: that of the SDK would stop them. See ../README.md.
 *
 *   config: {"misbehaviour": "throw_error", "at": "apply", "after": 3} */
#include <headrace/headrace.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

struct headrace_instance {
  std::string misbehaviour;
  std::string at;
  int64_t after = 0;
  int64_t batches = 0;
};

namespace {

headrace_string text(const char* value) { return {value, std::strlen(value)}; }

headrace_status fail(headrace_error* error, headrace_status status, const char* message) {
  error->status = status;
  error->message = text(message);
  return status;
}

/* What follows `"key":` and spaces. The host has validated the configuration: keys are sought as they stand. */
std::string value_of(const std::string& config, const char* key) {
  size_t at = config.find('"' + std::string(key) + '"');
  if (at == std::string::npos) return "";
  at = config.find(':', at);
  if (at == std::string::npos) return "";
  at = config.find_first_not_of(" \t\r\n\"", at + 1);
  if (at == std::string::npos) return "";
  return config.substr(at, config.find_first_of("\",} \t\r\n", at) - at);
}

/* What is thrown need be no exception of the standard's. */
struct Unknown {};

/* Throws while it is destroyed by another exception: the language then ends the process by itself. */
struct ThrowsInDestructor {
  ~ThrowsInDestructor() noexcept(false) { throw std::runtime_error("a second exception"); }
};

void throw_from_destructor() {
  ThrowsInDestructor thrower;
  throw std::runtime_error("a first exception");
}

void throw_in_thread() {
  std::thread thread([] { throw std::runtime_error("an exception in a thread of the plugin"); });
  thread.join();
}

void misbehave(const std::string& name) {
  if (name == "throw_error") throw std::runtime_error("an exception that nobody catches");
  if (name == "throw_no_memory") throw std::bad_alloc();
  if (name == "throw_number") throw 42;
  if (name == "throw_unknown") throw Unknown();
  if (name == "throw_from_destructor") throw_from_destructor();
  if (name == "throw_in_thread") throw_in_thread();
  if (name == "terminate") std::terminate();
}

void visit(const headrace_instance* instance, const char* place) {
  if (instance->at == place && instance->batches >= instance->after) misbehave(instance->misbehaviour);
}

headrace_status create(const headrace_call*, const headrace_host*, headrace_string config, headrace_instance** out,
                       headrace_error* error) {
  std::unique_ptr<headrace_instance> instance(new (std::nothrow) headrace_instance);
  if (!instance) return fail(error, HEADRACE_FATAL, "out of memory");
  std::string json(config.data ? config.data : "", config.length);
  instance->misbehaviour = value_of(json, "misbehaviour");
  instance->at = value_of(json, "at");
  if (instance->at.empty()) instance->at = "apply";
  instance->after = std::atoll(value_of(json, "after").c_str());
  visit(instance.get(), "create");
  *out = instance.release();
  return HEADRACE_OK;
}

void destroy(headrace_instance* instance) {
  visit(instance, "destroy");
  delete instance;
}

void cancel(headrace_instance* instance) { visit(instance, "cancel"); }

/* The schema: a copy of the input's, child by child, in memory that belongs to the copy. */

struct Field {
  std::string format, name, metadata;
  ArrowSchema* children = nullptr;
  ArrowSchema** pointers = nullptr;
};

void release_schema(ArrowSchema* schema) {
  auto* field = static_cast<Field*>(schema->private_data);
  for (int64_t child = 0; child < schema->n_children; child++)
    if (field->children[child].release) field->children[child].release(&field->children[child]);
  delete[] field->children;
  delete[] field->pointers;
  delete field;
  schema->release = nullptr;
}

/* Numbers of keys and values, each with its length before it. */
std::string copy_metadata(const char* metadata) {
  if (!metadata) return "";
  int32_t number = 0;
  std::memcpy(&number, metadata, sizeof number);
  size_t size = sizeof number;
  for (int64_t part = 0; part < 2 * static_cast<int64_t>(number); part++) {
    int32_t length = 0;
    std::memcpy(&length, metadata + size, sizeof length);
    size += sizeof length + static_cast<size_t>(length);
  }
  return std::string(metadata, size);
}

void copy_schema(const ArrowSchema* from, ArrowSchema* to) {
  auto* field = new Field{from->format, from->name ? from->name : "", copy_metadata(from->metadata)};
  auto n = static_cast<size_t>(from->n_children);
  field->children = new ArrowSchema[n]();
  field->pointers = new ArrowSchema*[n];
  for (size_t child = 0; child < n; child++) {
    copy_schema(from->children[child], &field->children[child]);
    field->pointers[child] = &field->children[child];
  }
  *to = ArrowSchema{};
  to->format = field->format.c_str();
  to->name = field->name.c_str();
  to->metadata = field->metadata.empty() ? nullptr : field->metadata.c_str();
  to->flags = from->flags;
  to->n_children = from->n_children;
  to->children = field->pointers;
  to->private_data = field;
  to->release = release_schema;
}

headrace_status bind(headrace_instance* instance, const headrace_call*, headrace_string, const ArrowSchema* input,
                     ArrowSchema* output, headrace_error*) {
  visit(instance, "bind");
  copy_schema(input, output);
  return HEADRACE_OK;
}

struct Wrapper {
  ArrowArray array;
  std::string misbehaviour;
};

void release_and_misbehave(ArrowArray* array) {
  std::unique_ptr<Wrapper> wrapper(static_cast<Wrapper*>(array->private_data));
  array->release = nullptr;
  wrapper->array.release(&wrapper->array);
  misbehave(wrapper->misbehaviour);
}

/* Hands the input on; with `"at": "release"` in a wrapper. */
headrace_status apply(headrace_instance* instance, const headrace_call* call, ArrowArray* input, headrace_batch* out,
                      headrace_error* error) {
  if (call->is_cancelled(call)) return fail(error, HEADRACE_CANCELLED, "cancelled");
  visit(instance, "apply");
  out->array = *input;
  input->release = nullptr;
  if (instance->at == "release" && instance->batches >= instance->after) {
    out->array.private_data = new Wrapper{out->array, instance->misbehaviour};
    out->array.release = release_and_misbehave;
  }
  instance->batches += 1;
  return HEADRACE_OK;
}

const char schema[] =
    R"({"type": "object", "additionalProperties": false, "properties": {)"
    R"("misbehaviour": {"enum": ["none", "throw_error", "throw_no_memory", "throw_number", "throw_unknown", )"
    R"("throw_from_destructor", "throw_in_thread", "terminate"]}, )"
    R"("at": {"enum": ["create", "bind", "apply", "cancel", "destroy", "release"]}, )"
    R"("after": {"type": "integer", "minimum": 0}}})";

const headrace_factory factory = {sizeof factory, 0, {schema, sizeof schema - 1}, create, destroy, cancel};

const headrace_transform transform = {sizeof transform, 0, &factory, bind, apply};

headrace_status negotiate(uint32_t minimum, uint32_t maximum, uint32_t* version, headrace_error* error) {
  if (minimum > HEADRACE_ABI_VERSION || maximum < HEADRACE_ABI_VERSION)
    return fail(error, HEADRACE_UNSUPPORTED, "the plugin needs ABI version 1");
  *version = HEADRACE_ABI_VERSION;
  return HEADRACE_OK;
}

const void* get_extension(headrace_string id) {
  static const char known[] = HEADRACE_TRANSFORM;
  bool is_known = id.length == sizeof known - 1 && std::memcmp(id.data, known, id.length) == 0;
  return is_known ? &transform : nullptr;
}

const headrace_entry entry = {sizeof entry, 0,       {"zoo-throws", 10}, {"1.0.0", 5}, negotiate,
                              nullptr,      nullptr, get_extension};

}  // namespace

const headrace_entry* headrace_plugin_entry(void) { return &entry; }
