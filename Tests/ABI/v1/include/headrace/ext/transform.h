/* Kind `transform`: makes a batch out of a batch. */
#ifndef HEADRACE_EXT_TRANSFORM_H
#define HEADRACE_EXT_TRANSFORM_H

#include <headrace/data.h>
#include <headrace/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HEADRACE_TRANSFORM "headrace.transform/1"

/* `flags` of a transform */
#define HEADRACE_TRANSFORM_PASS_THROUGH_ALLOWED 1 /* its rows may, degraded, be kept untransformed and done later */

typedef struct headrace_transform {
  uint32_t struct_size;
  uint32_t flags;
  const headrace_factory* factory;

  /* [instance thread] Fixes the columns that come in, and says which go out. Once per instance, before `apply`.
   * HEADRACE_INVALID_CONFIG if the configuration does not fit the columns; the message names the column.
   * OWNERSHIP: the host releases `output`. */
  headrace_status (*bind)(headrace_instance* instance, const headrace_call* call, headrace_string stream,
                          const struct ArrowSchema* input, struct ArrowSchema* output, headrace_error* error);

  /* [instance thread & bound] Transforms one batch. What comes out depends on this batch alone, so that it does not
   * matter where batches end. A row that cannot be transformed is put into `out->rejects`; a plugin that cannot tell
   * which row it was returns HEADRACE_BAD_RECORD, and the host halves the batch until it knows.
   * OWNERSHIP: with HEADRACE_OK `input` was moved to the plugin, and its `release` is NULL; otherwise it is untouched
   * and the host's. */
  headrace_status (*apply)(headrace_instance* instance, const headrace_call* call, struct ArrowArray* input,
                           headrace_batch* out, headrace_error* error);
} headrace_transform;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_EXT_TRANSFORM_H */
