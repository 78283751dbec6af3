/* Kind `detector`: watches batches go by and reports what is unusual. It changes no row. */
#ifndef HEADRACE_EXT_DETECTOR_H
#define HEADRACE_EXT_DETECTOR_H

#include <headrace/data.h>
#include <headrace/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HEADRACE_DETECTOR "headrace.detector/1"

#define HEADRACE_SEVERITY_INFO 0
#define HEADRACE_SEVERITY_WARNING 1
#define HEADRACE_SEVERITY_CRITICAL 2

typedef struct headrace_finding {
  uint32_t struct_size;
  int32_t severity;
  headrace_string rule;    /* which of the detector's rules: `robust_z_score` */
  headrace_string column;  /* empty if it is about the batch or the run */
  headrace_string message; /* for a person: `amount 9100 is 14.2 deviations above the median 31.5` */
  int64_t row;             /* index in the batch, -1 if it is about no row */
  double score;            /* how unusual: 1 is the threshold */
  double observed;         /* NaN where there is no such number */
  double expected;
} headrace_finding;

/* OWNERSHIP: the host releases it once, with everything in it, if `release` is not NULL [any thread]. */
typedef struct headrace_finding_list {
  uint32_t struct_size;
  uint32_t reserved;
  const headrace_finding* const* items;
  uint64_t n_items;
  void* private_data;
  void (*release)(struct headrace_finding_list* list);
} headrace_finding_list;

/* The run that is about to end, for rules about runs: row counts, freshness. */
typedef struct headrace_run_summary {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t rows;           /* of this stream in this run, across interruptions */
  int64_t wall_time_us;    /* now, in microseconds since 1970 */
} headrace_run_summary;

typedef struct headrace_detector {
  uint32_t struct_size;
  uint32_t flags;
  const headrace_factory* factory;

  /* [instance thread] Fixes the columns. Once per instance, before all below. HEADRACE_INVALID_CONFIG names a column
   * that is missing or of an unsuitable type. */
  headrace_status (*bind)(headrace_instance* instance, const headrace_call* call, headrace_string stream,
                          const struct ArrowSchema* schema, headrace_error* error);

  /* [instance thread & bound] Looks at a batch. Batches come in the same order in every run over the same data. */
  headrace_status (*inspect)(headrace_instance* instance, const headrace_call* call, const struct ArrowArray* batch,
                             headrace_finding_list* out, headrace_error* error);

  /* [instance thread & bound] The stream has been read to its end in this run. `save` follows, so that what a run has
   * taught is kept. May be NULL. */
  headrace_status (*finish)(headrace_instance* instance, const headrace_call* call,
                            const headrace_run_summary* summary, headrace_finding_list* out, headrace_error* error);

  /* [instance thread & bound] What has been learnt, at most 1 MiB. The host commits it together with the rows that were
   * inspected, so that a repeated batch is not learnt twice. In a worker process it may be called after each `inspect`
   * and `finish` as well, so that a detector whose process ends goes on in another. NULL for both if the detector
   * learns nothing. */
  headrace_status (*save)(headrace_instance* instance, const headrace_call* call, headrace_buffer* out,
                          headrace_error* error);

  /* [instance thread & bound] Puts back what `save` gave, possibly of an earlier version of the plugin:
   * HEADRACE_UNSUPPORTED makes the host start afresh and say so. */
  headrace_status (*restore)(headrace_instance* instance, const headrace_call* call, headrace_bytes state,
                             headrace_error* error);
} headrace_detector;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_EXT_DETECTOR_H */
