/* What comes with the rows of a batch, and `release`, which may come on any thread and after `destroy`. */
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

static void release_extras(headrace_batch* batch) {
  struct extras* extras = batch->private_data;
  batch->private_data = NULL;
  batch->release = NULL;
  if (extras->is_hostile) {
    struct visit visit = {.place = AT_RELEASE, .settings = &extras->settings, .batch = batch, .is_due = true};
    if (begin(&visit) == HEADRACE_OK) end(&visit);
  }
  free(extras->extra);
  free(extras);
}

/* NULL if there is no memory. The rejects are in one block with their pointers, to be filled by the caller. */
struct extras* add_extras(headrace_instance* instance, headrace_batch* out, size_t n_rejects) {
  size_t size = sizeof(struct extras) + n_rejects * (sizeof(headrace_reject*) + sizeof(headrace_reject));
  struct extras* extras = calloc(1, size);
  if (!extras) return NULL;
  const headrace_reject** pointers = (const headrace_reject**)(extras + 1);
  headrace_reject* rejects = (headrace_reject*)(pointers + n_rejects);
  for (size_t index = 0; index < n_rejects; index++) {
    pointers[index] = &rejects[index];
    rejects[index].struct_size = sizeof *rejects;
    rejects[index].status = HEADRACE_BAD_RECORD;
  }
  extras->settings = instance->settings;
  extras->is_hostile = claim(instance, AT_RELEASE);
  extras->rejects = pointers;
  out->rejects = n_rejects ? pointers : NULL;
  out->n_rejects = n_rejects;
  out->private_data = extras;
  out->release = release_extras;
  return extras;
}

void drop_batch(headrace_batch* batch) {
  uint32_t size = batch->struct_size;
  if (batch->array.release) batch->array.release(&batch->array);
  if (batch->release) batch->release(batch);
  memset(batch, 0, sizeof *batch);
  batch->struct_size = size;
}
