/* How a call ended. The numbers never change. */
#ifndef HEADRACE_STATUS_H
#define HEADRACE_STATUS_H

#include <headrace/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t headrace_status;

/*                                            repeated by the host | counts against the breaker */
#define HEADRACE_OK 0                 /*                         no | no   */
#define HEADRACE_END_OF_STREAM 1      /*                         no | no   */
#define HEADRACE_CANCELLED 2          /* the host asked          no | no   */
#define HEADRACE_DEADLINE_EXCEEDED 3  /* the caller's time is up no | no   */
#define HEADRACE_TIMEOUT 4            /* the dependency's       yes | yes  */
#define HEADRACE_REJECTED 5           /* raised by the host      no | no   */
#define HEADRACE_TRANSIENT 6          /* network reset, restart yes | yes  */
#define HEADRACE_THROTTLED 7          /* HTTP 429; retry_after  yes | yes  */
#define HEADRACE_QUOTA_EXHAUSTED 8    /* until it is reset       no | yes  */
#define HEADRACE_UNAUTHENTICATED 9    /*                         no | yes  */
#define HEADRACE_PERMISSION_DENIED 10 /*                         no | yes  */
#define HEADRACE_INVALID_CONFIG 11    /*                         no | no   */
#define HEADRACE_BAD_RECORD 12        /* the data is wrong       no | no   */
#define HEADRACE_NOT_FOUND 13         /*                         no | no   */
#define HEADRACE_CONFLICT 14          /* changed under way       no | no   */
#define HEADRACE_UNSUPPORTED 15       /*                         no | no   */
#define HEADRACE_CONTENT_FILTERED 16  /* never routed around     no | no   */
#define HEADRACE_TRUNCATED 17         /* a stream cut short     yes | yes  */
#define HEADRACE_FATAL 18             /* instance unusable       no | yes  */
#define HEADRACE_CRASHED 19           /* raised by the host     yes | yes  */
#define HEADRACE_HUNG 20              /* raised by the host     yes | yes  */

/* `retry_after_ns` of an error that states none. */
#define HEADRACE_NO_RETRY_AFTER (-1)

/* Why a call failed, for a program and for a person.
 *
 * The host passes a structure with `struct_size` set and everything else zero; `retry_after_ns` is
 * HEADRACE_NO_RETRY_AFTER. A function that returns anything but HEADRACE_OK or HEADRACE_END_OF_STREAM fills it; a
 * function that returns one of these two leaves it alone. `message` says what happened and to what, names no secret,
 * and does not end in a full stop.
 *
 * OWNERSHIP: the host calls `release` once if it is not NULL [any thread]; it frees `message` and `details`. */
typedef struct headrace_error {
  uint32_t struct_size;
  headrace_status status; /* repeats the status returned */
  int64_t vendor_code;    /* the dependency's own number (errno, HTTP), 0 if it has none */
  int64_t retry_after_ns; /* the dependency asks to wait this long, or HEADRACE_NO_RETRY_AFTER */
  headrace_string message;
  headrace_string vendor_state; /* the dependency's own code as text (SQLSTATE), empty if it has none */
  const headrace_key_value* details;
  uint64_t n_details;
  void* private_data;
  void (*release)(struct headrace_error* error);
} headrace_error;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_STATUS_H */
