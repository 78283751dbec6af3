/* What the host offers to a plugin. Everything but the clock (call.h) is an extension, asked for by id. */
#ifndef HEADRACE_HOST_H
#define HEADRACE_HOST_H

#include <headrace/call.h>
#include <headrace/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One per instance, so that what a plugin logs and counts is known to be this instance's. Valid from `create` until
 * `destroy` has returned. */
typedef struct headrace_host {
  uint32_t struct_size;
  uint32_t abi_version; /* the one negotiated */
  void* ctx;

  /* [any thread] The extension's structure, or NULL if this host has none of that id. Valid as long as the host is. */
  const void* (*get_extension)(const struct headrace_host* host, headrace_string id);
} headrace_host;

#define HEADRACE_HOST_LOG "headrace.log/1"

#define HEADRACE_LOG_DEBUG 0
#define HEADRACE_LOG_INFO 1
#define HEADRACE_LOG_WARNING 2
#define HEADRACE_LOG_ERROR 3

typedef struct headrace_host_log {
  uint32_t struct_size;
  uint32_t reserved;

  /* [any thread] Whether a line of this level would be kept. */
  int32_t (*is_enabled)(const headrace_host* host, int32_t level);

  /* [any thread] Writes one line. Lines over 8 KiB are cut, and a flood is thinned out and counted. */
  void (*write)(const headrace_host* host, int32_t level, headrace_string message, const headrace_key_value* fields,
                uint64_t n_fields);
} headrace_host_log;

#define HEADRACE_HOST_METRICS "headrace.metrics/1"

typedef struct headrace_host_metrics {
  uint32_t struct_size;
  uint32_t reserved;

  /* [any thread] Adds to a counter. `name` is lower case with underscores and ends in its unit: `read_bytes`. An
   * instance has at most 64 names; more are dropped and counted. */
  void (*add)(const headrace_host* host, headrace_string name, int64_t amount);

  /* [any thread] Sets a gauge. The same rules for names. */
  void (*set)(const headrace_host* host, headrace_string name, double value);
} headrace_host_metrics;

#define HEADRACE_HOST_SECRETS "headrace.secrets/1"

typedef struct headrace_host_secrets {
  uint32_t struct_size;
  uint32_t reserved;

  /* [any thread] Reads a secret that the manifest declares: `env:NAME`. HEADRACE_PERMISSION_DENIED if it does not,
   * HEADRACE_NOT_FOUND if it is not set.
   * OWNERSHIP: the plugin releases `out`, which erases the bytes. */
  headrace_status (*read)(const headrace_host* host, headrace_string name, headrace_buffer* out,
                          headrace_error* error);
} headrace_host_secrets;

#define HEADRACE_HOST_STATE "headrace.state/1"

/* Small values that outlive the process, kept per pipeline and plugin. Not for positions and not for a detector's
 * state: these are committed with the rows (source.h, detector.h), while a value here is durable by itself. */
typedef struct headrace_host_state {
  uint32_t struct_size;
  uint32_t reserved;

  /* [any thread] HEADRACE_NOT_FOUND if nothing was stored. OWNERSHIP: the plugin releases `out`. */
  headrace_status (*read)(const headrace_host* host, headrace_string key, headrace_buffer* out, headrace_error* error);

  /* [any thread] Durable when it returns HEADRACE_OK. A value has at most 1 MiB, a key 128 bytes, and a
   * plugin 1,000 keys in one pipeline: HEADRACE_QUOTA_EXHAUSTED for one more. */
  headrace_status (*write)(const headrace_host* host, headrace_string key, headrace_bytes value,
                           headrace_error* error);
} headrace_host_state;

#define HEADRACE_HOST_ALLOCATOR "headrace.allocator/1"

/* Memory for the buffers of batches. Using it is an optimisation, never a duty: in a worker process it is memory
 * shared with the host, and a batch that lies there crosses without a copy. */
typedef struct headrace_host_allocator {
  uint32_t struct_size;
  uint32_t reserved;

  /* [any thread] `bytes` aligned to 64, or NULL. OWNERSHIP: the plugin frees it, at the latest when the batch that
   * lies in it is released. */
  void* (*allocate)(const headrace_host* host, uint64_t bytes);

  /* [any thread, also after destroy] `host` is not looked at, and may be NULL: batches outlive their instance. */
  void (*free)(const headrace_host* host, void* memory);
} headrace_host_allocator;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_HOST_H */
