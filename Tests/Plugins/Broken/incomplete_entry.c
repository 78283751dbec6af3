#include "base.h"
static const headrace_entry entry = {sizeof entry, 0, NAME, VERSION, NULL, NULL, NULL, offer_nothing};
const headrace_entry* headrace_plugin_entry(void) { return &entry; }
