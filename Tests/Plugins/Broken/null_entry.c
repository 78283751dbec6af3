#include "base.h"
const headrace_entry* headrace_plugin_entry(void) { return NULL; }
