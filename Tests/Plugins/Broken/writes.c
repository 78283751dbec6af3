#include "base.h"
#include <stdio.h>
__attribute__((constructor)) static void load(void) { puts("hello from the plugin"); }
static const headrace_entry entry = {sizeof entry, 0, NAME, VERSION, agree, NULL, NULL, offer_nothing};
const headrace_entry* headrace_plugin_entry(void) { return &entry; }
