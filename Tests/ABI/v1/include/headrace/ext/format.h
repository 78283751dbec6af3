/* Kind `format`: writes batches as a file, and says what is in it. */
#ifndef HEADRACE_EXT_FORMAT_H
#define HEADRACE_EXT_FORMAT_H

#include <headrace/data.h>
#include <headrace/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HEADRACE_FORMAT "headrace.format/1"

/* Where the bytes of a file go. The host's; valid until the writer is closed or aborted. */
typedef struct headrace_output {
  uint32_t struct_size;
  uint32_t reserved;
  void* ctx;

  /* [instance thread, during a call to the writer] Appends all of the bytes. A failure is the host's (a full disk):
   * the plugin returns the same status and moves the error on. */
  headrace_status (*write)(void* ctx, headrace_bytes bytes, headrace_error* error);
} headrace_output;

/* Columns are known by the field ids of the schema: metadata `PARQUET:field_id` at every nested level. */
typedef struct headrace_column_summary {
  uint32_t struct_size;
  int32_t field_id;
  int64_t bytes;       /* compressed */
  int64_t value_count; /* nulls and NaNs included; elements for what lies in a list */
  int64_t null_count;
  int64_t nan_count; /* -1 for types without NaN */

  /* The least and greatest value, nulls and NaNs left out, complete and not shortened, in the single-value binary form
   * of the Apache Iceberg specification. */
  uint32_t has_bounds;
  uint32_t reserved;
  headrace_bytes lower;
  headrace_bytes upper;
} headrace_column_summary;

/* OWNERSHIP: the host releases it once, with everything in it, if `release` is not NULL [any thread]. */
typedef struct headrace_file_summary {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t record_count;
  int64_t file_bytes;
  const headrace_column_summary* const* columns; /* primitive columns only */
  uint64_t n_columns;
  const int64_t* split_offsets; /* where the file can be split, ascending */
  uint64_t n_split_offsets;
  void* private_data;
  void (*release)(struct headrace_file_summary* summary);
} headrace_file_summary;

/* A file being written. Belongs to the instance that opened it; an instance may have several. */
typedef struct headrace_writer headrace_writer;

typedef struct headrace_format {
  uint32_t struct_size;
  uint32_t flags;
  const headrace_factory* factory;
  headrace_string extension;    /* of file names, without a dot: `parquet` */
  headrace_string iceberg_name; /* `PARQUET` */

  /* [instance thread] Begins a file. OWNERSHIP: the host gives `*writer` to `finish` or to `abort`. */
  headrace_status (*open)(headrace_instance* instance, const headrace_call* call, const struct ArrowSchema* schema,
                          const headrace_output* output, headrace_writer** writer, headrace_error* error);

  /* [instance thread] Adds rows of a batch: those at the indices `rows`, in that order, or all if `rows` is NULL.
   * `file_bytes` is set to what the file would have about now, buffered rows included. After a failure the writer is
   * only aborted. */
  headrace_status (*write)(headrace_instance* instance, const headrace_call* call, headrace_writer* writer,
                           const struct ArrowArray* batch, const int32_t* rows, uint64_t n_rows, int64_t* file_bytes,
                           headrace_error* error);

  /* [instance thread] Completes the file and frees the writer, whatever the status. Durability is the host's. */
  headrace_status (*finish)(headrace_instance* instance, const headrace_call* call, headrace_writer* writer,
                            headrace_file_summary* out, headrace_error* error);

  /* [instance thread] Gives the file up and frees the writer. */
  void (*abort)(headrace_instance* instance, headrace_writer* writer);
} headrace_format;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_EXT_FORMAT_H */
