/* Cancellation, deadlines, and the entry. */
#ifndef HEADRACE_KIT_CALL_H
#define HEADRACE_KIT_CALL_H

#include <headrace/call.h>
#include <headrace/kit/error.h>
#include <headrace/plugin.h>

#include <stdatomic.h>

/* Whether the call should go on: HEADRACE_OK, HEADRACE_CANCELLED or HEADRACE_DEADLINE_EXCEEDED. Between pieces of
 * work, not per row. `is_cancelled` is what the instance's `cancel` sets; it may be NULL. */
static inline headrace_status kit_check(const headrace_call* call, atomic_bool* is_cancelled, headrace_error* error) {
  if (call->is_cancelled(call) || (is_cancelled && atomic_load(is_cancelled)))
    return kit_fail_constant(error, HEADRACE_CANCELLED, "cancelled by the host");
  if (call->deadline_ns != HEADRACE_NO_DEADLINE && call->now(call) >= call->deadline_ns)
    return kit_fail_constant(error, HEADRACE_DEADLINE_EXCEEDED, "the deadline of the call has passed");
  return HEADRACE_OK;
}

/* The first line of every call to an instance: forgets a `cancel` that came while no call was under way, as it means
 * none, and then checks like `kit_check`. One that came in the moment between is not lost: `call` tells it too. */
static inline headrace_status kit_begin(const headrace_call* call, atomic_bool* is_cancelled, headrace_error* error) {
  atomic_store(is_cancelled, false);
  return kit_check(call, is_cancelled, error);
}

/* `negotiate` of a plugin that was written for the version of these headers. */
static inline headrace_status kit_negotiate(uint32_t minimum, uint32_t maximum, uint32_t* version,
                                            headrace_error* error) {
  if (minimum > HEADRACE_ABI_VERSION || maximum < HEADRACE_ABI_VERSION)
    return kit_fail(error, HEADRACE_UNSUPPORTED, "the plugin speaks ABI version %d, the host %lu to %lu",
                    HEADRACE_ABI_VERSION, (unsigned long)minimum, (unsigned long)maximum);
  *version = HEADRACE_ABI_VERSION;
  return HEADRACE_OK;
}

/* The one symbol of a library that is of one kind: `KIT_PLUGIN("orders", "1.0.0", HEADRACE_SOURCE, &source)`. One of
 * several kinds, or with `init`, writes these few lines itself. */
#define KIT_PLUGIN(name, version, kind, table)                                                                   \
  static const void* kit_extension_(headrace_string id) { return kit_is(id, kind) ? (table) : NULL; }            \
  const headrace_entry* headrace_plugin_entry(void) {                                                            \
    static const headrace_entry entry = {                                                                        \
        sizeof entry, 0, KIT_TEXT(name), KIT_TEXT(version), kit_negotiate, NULL, NULL, kit_extension_};          \
    return &entry;                                                                                               \
  }                                                                                                              \
  typedef int kit_plugin_ /* takes the semicolon */

#endif /* HEADRACE_KIT_CALL_H */
