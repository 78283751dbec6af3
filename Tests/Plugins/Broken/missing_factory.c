#include "base.h"
static headrace_status bind(headrace_instance* i, const headrace_call* c, headrace_string s,
                            const struct ArrowSchema* in, struct ArrowSchema* out, headrace_error* e) {
  (void)i, (void)c, (void)s, (void)in, (void)out, (void)e;
  return HEADRACE_OK;
}
static headrace_status apply(headrace_instance* i, const headrace_call* c, struct ArrowArray* in, headrace_batch* out,
                             headrace_error* e) {
  (void)i, (void)c, (void)in, (void)out, (void)e;
  return HEADRACE_OK;
}
static const headrace_transform transform = {sizeof transform, 0, NULL, bind, apply};
static const void* offer(headrace_string id) { return is(id, HEADRACE_TRANSFORM) ? &transform : NULL; }
static const headrace_entry entry = {sizeof entry, 0, NAME, VERSION, agree, NULL, NULL, offer};
const headrace_entry* headrace_plugin_entry(void) { return &entry; }
