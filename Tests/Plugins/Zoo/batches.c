/* Batches that break what the headers say, other than in Arrow: their positions, statuses, rejects and inputs. */
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

static struct extras* extras_of(struct visit* visit) { return visit->batch->private_data; }

/* Positions and ordinals. */

static headrace_status duplicate_position(struct visit* visit) {
  extras_of(visit)->position = visit->instance->last_position;
  return HEADRACE_OK;
}

static headrace_status backward_position(struct visit* visit) {
  extras_of(visit)->position = 0;
  return HEADRACE_OK;
}

static headrace_status duplicate_ordinal(struct visit* visit) {
  visit->batch->ordinal = visit->instance->last_ordinal;
  return HEADRACE_OK;
}

static headrace_status backward_ordinal(struct visit* visit) {
  uint64_t last = visit->instance->last_ordinal;
  visit->batch->ordinal = last > 1 ? last - 1 : 0;
  return HEADRACE_OK;
}

static headrace_status ordinal_0(struct visit* visit) {
  visit->batch->ordinal = 0;
  return HEADRACE_OK;
}

static headrace_status last_possible_ordinal(struct visit* visit) {
  visit->batch->ordinal = UINT64_MAX;
  return HEADRACE_OK;
}

static headrace_status huge_position(struct visit* visit) {
  size_t size = (size_t)bounded(visit, 10) << 20;
  extras_of(visit)->extra = calloc(1, size + 1);
  if (!extras_of(visit)->extra) return HEADRACE_OK;
  visit->batch->position.data = extras_of(visit)->extra;
  visit->batch->position.length = size;
  return HEADRACE_OK;
}

static headrace_status null_position(struct visit* visit) {
  visit->batch->position.data = NULL;
  return HEADRACE_OK;
}

static headrace_status endless_position(struct visit* visit) {
  visit->batch->position.length = UINT64_MAX;
  return HEADRACE_OK;
}

static headrace_status empty_position(struct visit* visit) {
  visit->batch->position.length = 0;
  return HEADRACE_OK;
}

static headrace_status transform_position(struct visit* visit) {
  visit->batch->ordinal = 7;
  visit->batch->position.data = (const uint8_t*)&extras_of(visit)->position;
  visit->batch->position.length = sizeof extras_of(visit)->position;
  return HEADRACE_OK;
}

/* Statuses. */

static headrace_status ok_without_batch(struct visit* visit) {
  drop_batch(visit->batch);
  return HEADRACE_OK;
}

static headrace_status end_with_batch(struct visit* visit) {
  (void)visit;
  return HEADRACE_END_OF_STREAM;
}

static headrace_status failure_with_batch(struct visit* visit) {
  return fail(visit, HEADRACE_TRANSIENT, "it failed, and here are the rows");
}

static headrace_status status_4711(struct visit* visit) { return fail(visit, 4711, "a status that there is not"); }

static headrace_status status_negative(struct visit* visit) { return fail(visit, -1, "a status that there is not"); }

static headrace_status status_of_host(struct visit* visit) {
  return fail(visit, HEADRACE_CRASHED, "a status that only the host gives");
}

static headrace_status end_elsewhere(struct visit* visit) {
  (void)visit;
  return HEADRACE_END_OF_STREAM;
}

/* Sizes and rejects. */

static headrace_status batch_small(struct visit* visit) {
  visit->batch->struct_size = 8;
  return HEADRACE_OK;
}

static headrace_status batch_large(struct visit* visit) {
  visit->batch->struct_size = UINT32_MAX;
  return HEADRACE_OK;
}

static headrace_status too_many_rows(struct visit* visit) {
  int64_t n = bounded(visit, 1000000);
  int64_t* ids = malloc(((size_t)n + 1) * sizeof *ids);
  struct ArrowArray array;
  if (!ids) return HEADRACE_OK;
  for (int64_t row = 0; row < n; row++) ids[row] = row;
  bool is_made = make_animals(visit->instance, ids, n, &array);
  free(ids);
  if (!is_made) return HEADRACE_OK;
  visit->batch->array.release(&visit->batch->array);
  visit->batch->array = array;
  return HEADRACE_OK;
}

/* Adds one reject, to be spoiled; the pointer to it is `*extra`. */
static headrace_reject* add_reject(struct visit* visit) {
  struct memory {
    headrace_reject* items[1];
    headrace_reject reject;
  }* memory = calloc(1, sizeof *memory);
  if (!memory) return NULL;
  memory->items[0] = &memory->reject;
  memory->reject.struct_size = sizeof memory->reject;
  memory->reject.status = HEADRACE_BAD_RECORD;
  memory->reject.row = visit->place == AT_READ ? -1 : 0;
  memory->reject.reason = text_of("a reject that the zoo made up");
  free(extras_of(visit)->extra);
  extras_of(visit)->extra = memory;
  visit->batch->rejects = (const headrace_reject* const*)memory->items;
  visit->batch->n_rejects = 1;
  return &memory->reject;
}

static headrace_status reject_small(struct visit* visit) {
  headrace_reject* reject = add_reject(visit);
  if (reject) reject->struct_size = 8;
  return HEADRACE_OK;
}

static headrace_status reject_out_of_range(struct visit* visit) {
  headrace_reject* reject = add_reject(visit);
  if (reject) reject->row = INT64_MAX;
  return HEADRACE_OK;
}

static headrace_status reject_bad_status(struct visit* visit) {
  headrace_reject* reject = add_reject(visit);
  if (reject) reject->status = 4711;
  return HEADRACE_OK;
}

static headrace_status reject_long_record(struct visit* visit) {
  headrace_reject* reject = add_reject(visit);
  if (reject) reject->record = (headrace_bytes){(const uint8_t*)long_text.data, long_text.length};
  return HEADRACE_OK;
}

static headrace_status reject_bad_text(struct visit* visit) {
  headrace_reject* reject = add_reject(visit);
  if (reject) reject->place = (headrace_string){nowhere(), 100};
  return HEADRACE_OK;
}

static headrace_status null_reject(struct visit* visit) {
  if (add_reject(visit)) ((headrace_reject**)extras_of(visit)->extra)[0] = NULL;
  return HEADRACE_OK;
}

static headrace_status endless_rejects(struct visit* visit) {
  if (add_reject(visit)) visit->batch->n_rejects = UINT64_MAX;
  return HEADRACE_OK;
}

static headrace_status bad_batch_release(struct visit* visit) {
  visit->batch->release = (void (*)(headrace_batch*))(uintptr_t)nowhere();
  return HEADRACE_OK;
}

/* Instances and inputs. */

static headrace_status no_instance(struct visit* visit) {
  *visit->created = NULL;
  return HEADRACE_OK;
}

static headrace_status input_not_taken(struct visit* visit) {
  visit->input = NULL;
  return HEADRACE_OK;
}

static headrace_status input_taken_despite_failure(struct visit* visit) {
  visit->input->release(visit->input);
  return fail(visit, HEADRACE_TRANSIENT, "it failed, and the input is gone");
}

static headrace_status input_released_twice(struct visit* visit) {
  struct ArrowArray copy = *visit->input;
  copy.release(&copy);
  visit->input = NULL;
  return HEADRACE_OK;
}

static const char once[] = "once", one[] = "one batch";

const struct misbehaviour batch_breaches[] = {
    {"duplicate_position", "the position of the batch before", one, AT_READ, NULL, duplicate_position},
    {"backward_position", "the position of the split's start", one, AT_READ, NULL, backward_position},
    {"duplicate_ordinal", "the ordinal of the batch before", one, AT_READ, NULL, duplicate_ordinal},
    {"backward_ordinal", "an ordinal less than the one before", one, AT_READ, NULL, backward_ordinal},
    {"ordinal_0", "the ordinal 0", one, AT_READ, NULL, ordinal_0},
    {"last_ordinal", "the ordinal after which there is none", one, AT_READ, NULL, last_possible_ordinal},
    {"huge_position", "a position of 10 MiB", "`amount` MiB of 10", AT_READ, NULL, huge_position},
    {"null_position", "a position of 8 bytes at NULL", one, AT_READ, NULL, null_position},
    {"endless_position", "a position of UINT64_MAX bytes", one, AT_READ, NULL, endless_position},
    {"empty_position", "a position of no bytes, which means the start", one, AT_READ, NULL, empty_position},
    {"transform_position", "a position and an ordinal from a transform", one, AT_APPLY, NULL, transform_position},
    {"ok_without_batch", "HEADRACE_OK, and no batch", once, WITH_BATCH, NULL, ok_without_batch},
    {"end_with_batch", "HEADRACE_END_OF_STREAM, and a batch", "a batch may leak", AT_READ, NULL, end_with_batch},
    {"failure_with_batch", "a failure, and a batch", "a batch may leak", WITH_BATCH, NULL, failure_with_batch},
    {"status_4711", "a status that there is not", once, WITH_ERROR, status_4711, NULL},
    {"status_negative", "the status -1", once, WITH_ERROR, status_negative, NULL},
    {"status_of_host", "HEADRACE_CRASHED, which only the host gives", once, WITH_ERROR, status_of_host, NULL},
    {"end_elsewhere", "HEADRACE_END_OF_STREAM where nothing can end", once, WITH_ERROR & ~AT_READ, end_elsewhere,
     NULL},
    {"batch_small", "a batch with `struct_size` 8", one, WITH_BATCH, NULL, batch_small},
    {"batch_large", "a batch with `struct_size` 2^32 - 1", one, WITH_BATCH, NULL, batch_large},
    {"too_many_rows", "a million rows in one batch", "`amount` of 1,000,000", WITH_BATCH, NULL, too_many_rows},
    {"reject_small", "a reject with `struct_size` 8", one, WITH_BATCH, NULL, reject_small},
    {"reject_out_of_range", "a reject of row INT64_MAX", one, WITH_BATCH, NULL, reject_out_of_range},
    {"reject_bad_status", "a reject with a status that there is not", one, WITH_BATCH, NULL, reject_bad_status},
    {"reject_long_record", "a reject with a record of 1 MiB", one, WITH_BATCH, NULL, reject_long_record},
    {"reject_bad_text", "a reject whose place is not mapped", one, WITH_BATCH, NULL, reject_bad_text},
    {"null_reject", "a reject that is NULL", one, WITH_BATCH, NULL, null_reject},
    {"endless_rejects", "2^64 - 1 rejects, and a list of one", one, WITH_BATCH, NULL, endless_rejects},
    {"bad_batch_release", "a batch whose release is at address 16", one, WITH_BATCH, NULL, bad_batch_release},
    {"no_instance", "HEADRACE_OK from `create`, and no instance", "an instance leaks", AT_CREATE, NULL, no_instance},
    {"input_not_taken", "HEADRACE_OK, and the input not moved", one, AT_APPLY, NULL, input_not_taken},
    {"input_taken_despite_failure", "a failure, and the input gone", one, AT_APPLY, input_taken_despite_failure, NULL},
    {"input_released_twice", "the input released, and left to be released", one, AT_APPLY, NULL,
     input_released_twice},
    {0}};
