#include "base.h"
static const headrace_source source = {.struct_size = 24};
static const void* offer(headrace_string id) { return is(id, HEADRACE_SOURCE) ? &source : NULL; }
static const headrace_entry entry = {sizeof entry, 0, NAME, VERSION, agree, NULL, NULL, offer};
const headrace_entry* headrace_plugin_entry(void) { return &entry; }
