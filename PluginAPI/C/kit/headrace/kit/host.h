/* What the host offers: its log, its counters and the secrets that the manifest declares. A host that does not have one
 * of them keeps no line, counts nothing and has no secret. `host` is what `create` was given. */
#ifndef HEADRACE_KIT_HOST_H
#define HEADRACE_KIT_HOST_H

#include <headrace/host.h>
#include <headrace/kit/error.h>

/* Writes a line, like `printf`, unless nobody would keep one of that level: HEADRACE_LOG_INFO and its kin.
 * What is not UTF-8 in it becomes `?`. [any thread] */
KIT_PRINTF_(3, 4)
static inline void kit_log(const headrace_host* host, int32_t level, const char* format, ...) {
  const headrace_host_log* log = (const headrace_host_log*)host->get_extension(host, kit_text(HEADRACE_HOST_LOG));
  if (!log || !log->is_enabled(host, level)) return;
  va_list arguments;
  va_start(arguments, format);
  char* text = kit_format_list(format, arguments);
  va_end(arguments);
  if (!text) return;
  kit_make_utf8(text, strlen(text));
  log->write(host, level, kit_text(text), NULL, 0);
  free(text);
}

/* Adds to the counter of that name, which is lower case and ends in its unit: `read_bytes`. [any thread] */
static inline void kit_count(const headrace_host* host, const char* name, int64_t amount) {
  const headrace_host_metrics* metrics =
      (const headrace_host_metrics*)host->get_extension(host, kit_text(HEADRACE_HOST_METRICS));
  if (metrics) metrics->add(host, kit_text(name), amount);
}

/* Reads a secret that the manifest declares, such as `env:SHOP_TOKEN`, as `read` of headrace_host_secrets does.
 * HEADRACE_UNSUPPORTED if the host has no such service. `out` need not be initialized. [any thread]
 * OWNERSHIP: with HEADRACE_OK the caller calls `out->release` once, which erases the bytes. */
static inline headrace_status kit_secret(const headrace_host* host, headrace_string name, headrace_buffer* out,
                                         headrace_error* error) {
  memset(out, 0, sizeof *out);
  out->struct_size = sizeof *out;
  const headrace_host_secrets* secrets =
      (const headrace_host_secrets*)host->get_extension(host, kit_text(HEADRACE_HOST_SECRETS));
  if (!secrets) return kit_fail_constant(error, HEADRACE_UNSUPPORTED, "this host has no secrets");
  return secrets->read(host, name, out, error);
}

/* Erases what was copied from a secret, such as a header, before it is freed; no compiler takes this away. */
static inline void kit_erase(void* memory, size_t size) {
  volatile char* bytes = (volatile char*)memory;
  while (size-- > 0) bytes[size] = 0;
}

#endif /* HEADRACE_KIT_HOST_H */
