#include "Format.hpp"

namespace {

const void* get_extension(headrace_string id) {
  return headrace::view(id) == HEADRACE_FORMAT ? &parquet_format::kFormat : nullptr;
}

const headrace_entry kEntry{sizeof(headrace_entry), 0, headrace::borrow("parquet"), headrace::borrow("0.1.0"),
                            headrace::negotiate,    nullptr, nullptr, get_extension};

}  // namespace

extern "C" const headrace_entry* headrace_plugin_entry(void) { return &kEntry; }
