/* Batches of rows, and rows that could not become part of one. */
#ifndef HEADRACE_DATA_H
#define HEADRACE_DATA_H

#include <arrow_c_data.h>
#include <headrace/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* SCHEMAS are Arrow struct types, one child per column. The formats are: `b`; `c s i l`, `C S I`; `f g`; `d:P,S` of
 * 128 bits; `tdD`, `ttu`, `tsu:` with a zone or none; `u`, `z`, `w:N`; `+l`, `+s`, `+m`; and the extension `arrow.uuid`
 * over `w:16`. Column names are unique, UTF-8, and not empty.
 *
 * BATCHES are Arrow struct arrays without nulls at the top, at best of about 1 MiB. Arrays may be slices: `offset`
 * counts at every level. Every buffer whose size is not 0 is present, even where all values are null. */

/* A row that could not be read or transformed: it becomes a dead letter, and the plugin is healthy. */
typedef struct headrace_reject {
  uint32_t struct_size;
  headrace_status status; /* HEADRACE_BAD_RECORD as a rule */
  int64_t row;            /* the row's index in the input batch of a transform; -1 in a source */
  headrace_string place;  /* where it stands in the source, for a person: `orders.csv:14` */
  headrace_string reason; /* what is wrong: `column 'amount': 'twelve' is not a number` */
  headrace_bytes record;  /* the row as it came, at most 64 KiB of it */
} headrace_reject;

/* `flags` of a batch */
#define HEADRACE_BATCH_RECORD_CUT 1 /* a `record` among the rejects was longer than it is given */

/* What a source reads, or a transform makes. The host passes a structure with `struct_size` set and the rest zero.
 *
 * OWNERSHIP: with HEADRACE_OK the host owns both parts: it releases `array` through `array.release`, and everything
 * else through `release`, in any order, each once, if not NULL [any thread, also after destroy; without blocking and
 * without I/O]. With any other status the structure is left as it came. */
typedef struct headrace_batch {
  uint32_t struct_size;
  uint32_t flags;
  struct ArrowArray array; /* length 0 is allowed: a batch of rejects only */
  const headrace_reject* const* rejects;
  uint64_t n_rejects;

  /* Sources only; zero from a transform. After this batch the split is at `position`, number `ordinal`. */
  uint64_t ordinal;        /* grows with every batch of a split; never below what `open` was given */
  headrace_bytes position; /* opaque; at most 16 KiB; handed back to `open` */
  int64_t source_bytes;    /* what was read from the source for it, for progress; -1 if not known */

  void* private_data;
  void (*release)(struct headrace_batch* batch);
} headrace_batch;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_DATA_H */
