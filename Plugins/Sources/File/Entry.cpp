// The one symbol of the library, and the constant tables behind it.
#include "Source.hpp"

namespace headrace::file {

namespace {

using Export = Exports<Source>;

headrace_status discover(headrace_instance* instance, const headrace_call* call, const headrace_string* patterns,
                         uint64_t n_patterns, headrace_stream_list* out, headrace_error* error) {
  return Export::guard(instance, error,
                       [&](Source& source) { source.discover(Call(call), patterns, n_patterns, out); });
}

headrace_status splits(headrace_instance* instance, const headrace_call* call, const headrace_split_request* request,
                       headrace_split_list* out, headrace_error* error) {
  return Export::guard(instance, error, [&](Source& source) { source.splits(Call(call), known(request), out); });
}

headrace_status open(headrace_instance* instance, const headrace_call* call, const headrace_open_request* request,
                     ArrowSchema* schema, headrace_reader** reader, headrace_error* error) {
  return Export::guard(instance, error,
                       [&](Source& source) { source.open(Call(call), known(request), schema, reader); });
}

headrace_status read(headrace_instance* instance, const headrace_call* call, headrace_reader*, headrace_batch* out,
                     headrace_error* error) {
  return Export::guard(instance, error, [&](Source& source) { return source.read(Call(call), out); });
}

void close(headrace_instance* instance, headrace_reader*) { Export::object(instance).close(); }

const void* extension(headrace_string id) {
  static const headrace_factory factory = Export::factory(config_schema);
  static const headrace_source source{
      sizeof(headrace_source), 0, &factory, discover, splits, open, read, nullptr, close,
  };
  return view(id) == HEADRACE_SOURCE ? &source : nullptr;
}

constexpr headrace_entry entry{
    sizeof(headrace_entry), 0, borrow("file"), borrow("0.1.0"), negotiate, nullptr, nullptr, extension,
};

}  // namespace

}  // namespace headrace::file

const headrace_entry* headrace_plugin_entry(void) { return &headrace::file::entry; }
