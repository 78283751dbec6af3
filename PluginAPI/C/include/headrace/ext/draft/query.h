/* Kind `query` (draft): answers SQL over data files. May change without a new revision until it leaves this folder. */
#ifndef HEADRACE_EXT_DRAFT_QUERY_H
#define HEADRACE_EXT_DRAFT_QUERY_H

#include <headrace/data.h>
#include <headrace/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HEADRACE_QUERY "headrace.query/1"

/* A table as the host found it: the files of one snapshot, and the columns that its readers see. */
typedef struct headrace_query_table {
  uint32_t struct_size;
  uint32_t reserved;
  headrace_string name_space; /* the part before the last dot */
  headrace_string name;
  const struct ArrowSchema* schema; /* with field ids, by which columns are found in older files */
  const headrace_string* files;     /* absolute paths */
  uint64_t n_files;
} headrace_query_table;

typedef struct headrace_query {
  uint32_t struct_size;
  uint32_t flags;
  const headrace_factory* factory;

  /* [instance thread] The tables that a statement reads, each as `namespace.name`, one per line.
   * OWNERSHIP: the host releases `out`. */
  headrace_status (*tables)(headrace_instance* instance, const headrace_call* call, headrace_string sql,
                            headrace_buffer* out, headrace_error* error);

  /* [instance thread] Runs one statement that only reads. Batches are then fetched with `next`.
   * OWNERSHIP: the host releases `schema`. */
  headrace_status (*run)(headrace_instance* instance, const headrace_call* call, headrace_string sql,
                         const headrace_query_table* const* tables, uint64_t n_tables, struct ArrowSchema* schema,
                         headrace_error* error);

  /* [instance thread & running] The next rows, or HEADRACE_END_OF_STREAM. */
  headrace_status (*next)(headrace_instance* instance, const headrace_call* call, headrace_batch* out,
                          headrace_error* error);
} headrace_query;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_EXT_DRAFT_QUERY_H */
