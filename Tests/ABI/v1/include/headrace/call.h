/* What accompanies every call that may block: its deadline and whether it is still wanted. */
#ifndef HEADRACE_CALL_H
#define HEADRACE_CALL_H

#include <headrace/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `deadline_ns` of a call without one. */
#define HEADRACE_NO_DEADLINE INT64_MAX

/* Borrowed by the plugin until the call returns.
 *
 * A call that reaches its deadline ends by itself with HEADRACE_DEADLINE_EXCEEDED. A call that outlives it by the
 * host's grace time is given up: the host never calls the instance again and counts what it lent as lost. */
typedef struct headrace_call {
  uint32_t struct_size;
  uint32_t attempt;    /* 1 for the first try; the host's gate does the repeating */
  int64_t deadline_ns; /* on the clock of `now` */
  void* ctx;           /* the host's */

  /* [any thread, during the call] The monotonic clock, in nanoseconds. Costs some 20 ns: per batch, not per row. */
  int64_t (*now)(const struct headrace_call* call);

  /* [any thread, during the call] Not 0 once the host wants the call to end; then return HEADRACE_CANCELLED soon. */
  int32_t (*is_cancelled)(const struct headrace_call* call);

  /* The same for every attempt of one operation; empty for operations that need none, which is all of a source,
   * transform, detector and format: what they repeat has no effect outside. */
  headrace_string idempotency_key;
} headrace_call;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_CALL_H */
