#include "base.h"
static const headrace_entry entry = {16, 0, NAME, VERSION, agree, NULL, NULL, offer_nothing};
const headrace_entry* headrace_plugin_entry(void) { return &entry; }
