/* The transform: for each row with an `id` the animal of that id. A row without one is rejected. */
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

static headrace_status bind_columns(headrace_instance* instance, const headrace_call* call, headrace_string stream,
                                    const struct ArrowSchema* input, struct ArrowSchema* output,
                                    headrace_error* error) {
  (void)stream;
  struct visit visit = visit_of(instance, call, AT_BIND, error);
  headrace_status status = begin(&visit);
  if (status != HEADRACE_OK) return status;
  instance->id_column = -1;
  for (int64_t column = 0; column < input->n_children; column++)
    if (input->children[column]->name && strcmp(input->children[column]->name, "id") == 0)
      instance->id_column = column;
  if (instance->id_column < 0) return fail(&visit, HEADRACE_INVALID_CONFIG, "the zoo needs a column 'id'");
  if (strcmp(input->children[instance->id_column]->format, "l") != 0)
    return fail(&visit, HEADRACE_INVALID_CONFIG, "column 'id' is not a 64-bit integer");
  make_schema(output);
  if (!output->release) return fail(&visit, HEADRACE_FATAL, "out of memory");
  visit.schema = output;
  return end(&visit);
}

/* Reads the ids of the rows that have one to `ids`, and the numbers of those that have none to `without`. */
static void sort_rows(const struct ArrowArray* input, const struct ArrowArray* column, int64_t* ids, int64_t* n_ids,
                      int64_t* without, int64_t* n_without) {
  const uint8_t* validity = column->buffers[0];
  const int64_t* values = column->buffers[1];
  int64_t offset = input->offset + column->offset;
  for (int64_t row = 0; row < input->length; row++) {
    int64_t at = offset + row;
    bool is_there = !validity || (validity[at / 8] >> (at % 8) & 1);
    if (is_there) ids[(*n_ids)++] = values[at];
    if (!is_there) without[(*n_without)++] = row;
  }
}

static void fill_rejects(const int64_t* rows, int64_t n, struct extras* extras) {
  headrace_reject* reject = (headrace_reject*)(uintptr_t)(n ? extras->rejects[0] : NULL);
  for (int64_t index = 0; index < n; index++, reject++) {
    reject->row = rows[index];
    reject->reason = text_of("column 'id': null, and there is no animal without a number");
  }
}

static bool look_up(headrace_instance* instance, const struct ArrowArray* input, headrace_batch* out) {
  int64_t* ids = malloc(((size_t)input->length * 2 + 1) * sizeof *ids);
  if (!ids) return false;
  int64_t* without = ids + input->length;
  int64_t n_ids = 0, n_without = 0;
  sort_rows(input, input->children[instance->id_column], ids, &n_ids, without, &n_without);
  struct extras* extras = NULL;
  if (make_animals(instance, ids, n_ids, &out->array)) extras = add_extras(instance, out, (size_t)n_without);
  if (extras) fill_rejects(without, n_without, extras);
  if (!extras) drop_batch(out);
  free(ids);
  return extras;
}

static headrace_status apply(headrace_instance* instance, const headrace_call* call, struct ArrowArray* input,
                             headrace_batch* out, headrace_error* error) {
  struct visit visit = visit_of(instance, call, AT_APPLY, error);
  visit.input = input;
  headrace_status status = begin(&visit);
  if (status != HEADRACE_OK) return status;
  if (!look_up(instance, input, out)) return fail(&visit, HEADRACE_FATAL, "out of memory");
  visit.batch = out;
  status = end(&visit);
  if (status != HEADRACE_OK) return status;
  instance->batches += 1;
  /* NULL if a misbehaviour has taken it. */
  if (visit.input) input->release(input);
  return HEADRACE_OK;
}

const headrace_transform zoo_transform = {sizeof zoo_transform, 0, &zoo_factory, bind_columns, apply};
