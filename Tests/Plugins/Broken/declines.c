#include "base.h"
static headrace_status decline(uint32_t minimum, uint32_t maximum, uint32_t* version, headrace_error* error) {
  (void)minimum, (void)maximum, (void)version;
  error->status = HEADRACE_UNSUPPORTED;
  error->message.data = "needs ABI version 7";
  error->message.length = 19;
  return HEADRACE_UNSUPPORTED;
}
static const headrace_entry entry = {sizeof entry, 0, NAME, VERSION, decline, NULL, NULL, offer_nothing};
const headrace_entry* headrace_plugin_entry(void) { return &entry; }
