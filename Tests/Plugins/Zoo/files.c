/* Files that are not what was asked for, and lies about them. */
#include <pthread.h>
#include <stdlib.h>

#include "zoo.h"

static const char once[] = "one file";

/* The bytes. */

static headrace_status lower_name(struct visit* visit) {
  static headrace_format format;
  format = zoo_format;
  format.iceberg_name = text_of("avro");
  *visit->table = &format;
  return HEADRACE_OK;
}

static headrace_status shorten(struct visit* visit) {
  visit->is_short = true;
  return HEADRACE_OK;
}

/* Of what the host says nothing is kept. */
static void write_bytes(const headrace_output* output, headrace_bytes bytes) {
  headrace_error error = {.struct_size = sizeof error, .retry_after_ns = HEADRACE_NO_RETRY_AFTER};
  output->write(output->ctx, bytes, &error);
  if (error.release) error.release(&error);
}

static headrace_status write_nowhere(struct visit* visit) {
  write_bytes(visit->writer->output, (headrace_bytes){NULL, 2});
  return HEADRACE_OK;
}

static headrace_status write_more(struct visit* visit) {
  write_bytes(visit->writer->output, (headrace_bytes){(const uint8_t*)"zoo", 3});
  return HEADRACE_OK;
}

static void* write_elsewhere(void* visit) {
  write_more(visit);
  return NULL;
}

static headrace_status write_from_thread(struct visit* visit) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, write_elsewhere, visit) == 0) pthread_join(thread, NULL);
  return HEADRACE_OK;
}

static headrace_status ignore_failure(struct visit* visit) {
  visit->on_failure = FAILURE_IGNORED;
  return HEADRACE_OK;
}

static headrace_status change_failure(struct visit* visit) {
  visit->on_failure = FAILURE_CHANGED;
  return HEADRACE_OK;
}

/* The rows. */

static headrace_status ignore_selection(struct visit* visit) {
  visit->rows = NULL;
  return HEADRACE_OK;
}

static headrace_status ignore_offset(struct visit* visit) {
  visit->batch_offset = 0;
  return HEADRACE_OK;
}

/* The bytes are where they belong; what follows is counted for the other. */
static headrace_status mix_files(struct visit* visit) {
  if (visit->instance->first_writer) visit->writer = visit->instance->first_writer;
  return HEADRACE_OK;
}

/* What is said of them. */

static headrace_status forget_size(struct visit* visit) {
  visit->file_bytes = NULL;
  return HEADRACE_OK;
}

static headrace_status miscount_rows(struct visit* visit) {
  visit->summary->record_count -= 1;
  return HEADRACE_OK;
}

static headrace_status miscount_bytes(struct visit* visit) {
  visit->summary->file_bytes += 1;
  return HEADRACE_OK;
}

static headrace_status miscount_nulls(struct visit* visit) {
  visit->writer->columns[0].summary.null_count += 1;
  return HEADRACE_OK;
}

static headrace_status cut_bound(struct visit* visit) {
  headrace_writer* writer = visit->writer;
  for (uint64_t index = 0; index < writer->n_columns; index++)
    if (writer->columns[index].kind == 'u' && writer->columns[index].summary.upper.length)
      writer->columns[index].summary.upper.length = 1;
  return HEADRACE_OK;
}

static headrace_status strange_column(struct visit* visit) {
  visit->writer->columns[0].summary.field_id = 4711;
  return HEADRACE_OK;
}

/* The writer. */

/* With so much in it that its loss is seen. */
static headrace_status keep_writer(struct visit* visit) {
  struct zoo_column* column = &visit->writer->columns[0];
  uint8_t* grown = realloc(column->lower, 64 << 10);
  if (grown) column->summary.lower.data = column->lower = grown;
  visit->keeps_writer = true;
  return HEADRACE_OK;
}

static headrace_status refuse_as_transient(struct visit* visit) {
  visit->refusal = HEADRACE_TRANSIENT;
  return HEADRACE_OK;
}

const struct misbehaviour file_lies[] = {
    {"file_lower_name", "a table whose `iceberg_name` is avro", once, AT_GET_FORMAT, NULL, lower_name},
    {"file_no_header", "a file without its beginning", once, AT_OPEN_FILE, shorten, NULL},
    {"file_no_end", "a file without its last 16 bytes", once, AT_FINISH, shorten, NULL},
    {"file_rows_wrong", "a `record_count` of one row less", once, AT_FINISH, NULL, miscount_rows},
    {"file_bytes_wrong", "`file_bytes` of one byte more", once, AT_FINISH, NULL, miscount_bytes},
    {"file_size_unsaid", "leaves `file_bytes` of `write` alone", once, AT_WRITE, forget_size, NULL},
    {"file_nulls_wrong", "a `null_count` of one more", once, AT_FINISH, NULL, miscount_nulls},
    {"file_bound_cut", "an upper bound cut to a byte", once, AT_FINISH, NULL, cut_bound},
    {"file_column_strange", "a column of the id 4711", once, AT_FINISH, NULL, strange_column},
    {"file_ignores_rows", "writes all rows where some are named", once, AT_WRITE, ignore_selection, NULL},
    {"file_ignores_offset", "takes a slice for the rows before it", once, AT_WRITE, ignore_offset, NULL},
    {"file_failure_ignored", "makes a success of a failure of the output", once, AT_WRITE | AT_FINISH, ignore_failure,
     NULL},
    {"file_failure_changed", "tells a failure of the output as its own", once, AT_WRITE | AT_FINISH, change_failure,
     NULL},
    {"file_bytes_nowhere", "writes 2 bytes at NULL", once, AT_WRITE, write_nowhere, NULL},
    {"file_bytes_of_thread", "writes from a thread of its own", once, AT_WRITE, write_from_thread, NULL},
    {"file_bytes_of_abort", "writes to a file that it gives up", once, AT_ABORT, write_more, NULL},
    {"file_of_another", "counts rows of a file for the one opened before", once, AT_WRITE, NULL, mix_files},
    {"file_writer_kept", "keeps the writer of a `finish` that fails", "64 KiB", AT_FINISH, keep_writer, NULL},
    {"file_refused_strangely", "refuses columns as if that would pass", once, AT_OPEN_FILE, refuse_as_transient, NULL},
    {0}};
