/* How a call fails: `return kit_fail(error, HEADRACE_NOT_FOUND, "there is no table '%s'", name);` */
#ifndef HEADRACE_KIT_ERROR_H
#define HEADRACE_KIT_ERROR_H

#include <headrace/kit/text.h>
#include <headrace/status.h>

#include <inttypes.h> /* PRId64 and its kin, for messages and texts */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the function with the status of a call that did not do well: for steps that leave nothing to be undone. */
#define KIT_TRY(call)                                        \
  do {                                                       \
    headrace_status kit_status_ = (call);                    \
    if (kit_status_ != HEADRACE_OK) return kit_status_;      \
  } while (0)

#if defined(__GNUC__)
#define KIT_PRINTF_(text, first) __attribute__((format(printf, text, first)))
#else
#define KIT_PRINTF_(text, first)
#endif

static inline void kit_release_error_(headrace_error* error) {
  free(error->private_data);
  error->private_data = NULL;
  error->release = NULL;
}

/* Fails with a constant message, which nobody releases. Allocates nothing; `error` may be NULL. What else the plugin
 * has set in the error stays: `error->retry_after_ns = 2000000000; return kit_fail(error, HEADRACE_THROTTLED, ...);` */
static inline headrace_status kit_fail_constant(headrace_error* error, headrace_status status, const char* message) {
  if (!error) return status;
  headrace_error filled;
  kit_known(&filled, sizeof filled, error);
  filled.status = status;
  filled.message = kit_text(message);
  kit_fill(error, &filled, sizeof filled);
  return status;
}

static inline headrace_status kit_no_memory(headrace_error* error) {
  return kit_fail_constant(error, HEADRACE_FATAL, "out of memory");
}

/* Writes a text like `printf` into memory of its own. NULL if there is none. OWNERSHIP: the caller frees it. */
static inline char* kit_format_list(const char* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char* text = length < 0 ? NULL : (char*)malloc((size_t)length + 1);
  if (text) vsnprintf(text, (size_t)length + 1, format, arguments);
  return text;
}

/* The same with its arguments at hand. OWNERSHIP: the caller frees it. */
KIT_PRINTF_(1, 2)
static inline char* kit_format(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char* text = kit_format_list(format, arguments);
  va_end(arguments);
  return text;
}

/* Fails with a message written like `printf`. OWNERSHIP: the error owns it. What is not UTF-8 in it becomes `?`;
 * without memory the message is the format. `error` may be NULL. */
KIT_PRINTF_(3, 4)
static inline headrace_status kit_fail(headrace_error* error, headrace_status status, const char* format, ...) {
  kit_fail_constant(error, status, format);
  if (!error) return status;
  va_list arguments;
  va_start(arguments, format);
  char* message = kit_format_list(format, arguments);
  va_end(arguments);
  if (!message) return status;
  kit_make_utf8(message, strlen(message));
  headrace_error filled;
  kit_known(&filled, sizeof filled, error);
  filled.message = kit_text(message);
  filled.private_data = message;
  filled.release = kit_release_error_;
  kit_fill(error, &filled, sizeof filled);
  return status;
}

#endif /* HEADRACE_KIT_ERROR_H */
