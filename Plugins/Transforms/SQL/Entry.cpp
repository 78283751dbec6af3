#include "Query.hpp"
#include "Transform.hpp"

namespace {

const void* get_extension(headrace_string id) {
  if (headrace::view(id) == HEADRACE_TRANSFORM) return &sql::kTransform;
  if (headrace::view(id) == HEADRACE_QUERY) return &sql::kQuery;
  return nullptr;
}

const headrace_entry kEntry{sizeof(headrace_entry), 0, headrace::borrow("sql"), headrace::borrow("0.1.0"),
                            headrace::negotiate,    nullptr, nullptr, get_extension};

}  // namespace

extern "C" const headrace_entry* headrace_plugin_entry(void) { return &kEntry; }
