#include "base.h"
extern int this_is_nowhere(void);
static const headrace_entry entry = {sizeof entry, 0, NAME, VERSION, agree, NULL, NULL, offer_nothing};
const headrace_entry* headrace_plugin_entry(void) { return this_is_nowhere() ? &entry : NULL; }
