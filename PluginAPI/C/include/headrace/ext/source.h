/* Kind `source`: reads streams of rows, in splits, each from a position.
 *
 * The life of a source:
 *   create -> discover -> splits -> for each split, as many at a time as the host likes, one instance each:
 *   open -> read ... read -> (HEADRACE_END_OF_STREAM) -> close -> destroy
 *
 * Exactly once is the host's work; a source owes it three things. A split with the same id over the same data yields,
 * from the same position, the same rows in the same batches. A position stands for everything before it. A call that
 * does not return HEADRACE_OK has consumed nothing: the host opens again at the last position and goes on. */
#ifndef HEADRACE_EXT_SOURCE_H
#define HEADRACE_EXT_SOURCE_H

#include <headrace/data.h>
#include <headrace/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HEADRACE_SOURCE "headrace.source/1"

/* How a stream is read. */
#define HEADRACE_READ_FULL 0        /* all of it, every run */
#define HEADRACE_READ_INCREMENTAL 1 /* what has a greater cursor than at the last run */
#define HEADRACE_READ_NEW_FILES 2   /* every file once */

/* `flags` of a stream */
#define HEADRACE_STREAM_FILES 1   /* made of files: read NEW_FILES and appended unless the user says otherwise */
#define HEADRACE_STREAM_ORDERED 2 /* splits have a meaningful order, which is that of the list */
#define HEADRACE_STREAM_UNSTABLE 4 /* read from zero after an interruption: it has no key to resume by */

typedef struct headrace_stream {
  uint32_t struct_size;
  uint32_t flags;
  headrace_string name;      /* `public.orders`; unique in the source; what stands before the last dot is its schema */
  struct ArrowSchema schema; /* released by the list */
  const headrace_string* key; /* columns that identify a row, in order */
  uint64_t n_key;
  const headrace_string* cursors; /* columns that can serve an incremental read */
  uint64_t n_cursors;
  int64_t estimated_rows;  /* -1 if not known */
  int64_t estimated_bytes; /* -1 if not known */
  const headrace_string* notes; /* what the user should know before a run; shown by `plan` */
  uint64_t n_notes;
} headrace_stream;

/* OWNERSHIP: the host releases it once, with everything in it, if `release` is not NULL [any thread]. */
typedef struct headrace_stream_list {
  uint32_t struct_size;
  uint32_t reserved;
  headrace_stream* const* items;
  uint64_t n_items;
  void* private_data;
  void (*release)(struct headrace_stream_list* list);
} headrace_stream_list;

/* What is known of a split from earlier runs. */
typedef struct headrace_split_position {
  uint32_t struct_size;
  uint32_t is_complete; /* 1: the split was read to its end */
  headrace_string split;
  headrace_string identity;
  headrace_bytes position;
  uint64_t ordinal;
} headrace_split_position;

typedef struct headrace_split_request {
  uint32_t struct_size;
  uint32_t read; /* HEADRACE_READ_... */
  headrace_string stream;
  const headrace_split_position* const* known; /* of the same run, if it was interrupted; of all runs for NEW_FILES */
  uint64_t n_known;
  uint64_t split_bytes; /* the size of a split that the host would like */
  headrace_string cursor; /* INCREMENTAL: the column */
} headrace_split_request;

typedef struct headrace_split {
  uint32_t struct_size;
  uint32_t reserved;
  headrace_string id;       /* the same in every run for the same piece of the data; at most 512 bytes */
  headrace_string identity; /* of the data behind it (a file's hash, a database's system id); at most 128 bytes */
  headrace_bytes token;     /* handed to `open` by the instance that opens the split; opaque */
  int64_t estimated_rows;   /* -1 if not known */
  int64_t estimated_bytes;  /* -1 if not known */
} headrace_split;

/* OWNERSHIP: the host releases it once, after the last reader of its splits was closed, before the instance that made
 * it is destroyed. A source may hold what its splits have in common, such as a snapshot, until then. */
typedef struct headrace_split_list {
  uint32_t struct_size;
  uint32_t reserved;
  headrace_split* const* items;
  uint64_t n_items;
  void* private_data;
  void (*release)(struct headrace_split_list* list);
} headrace_split_list;

typedef struct headrace_open_request {
  uint32_t struct_size;
  uint32_t read; /* HEADRACE_READ_... */
  headrace_string stream;
  headrace_string split;
  headrace_string identity;
  headrace_bytes token;
  headrace_bytes position; /* empty: from the start */
  uint64_t ordinal;        /* of that position; 0 at the start */
  uint64_t batch_bytes;    /* the size of a batch that the host would like, about 1 MiB */
  uint64_t batch_rows;     /* and the most rows that it wants in one */
} headrace_open_request;

/* A split being read. Belongs to the instance that opened it. */
typedef struct headrace_reader headrace_reader;

typedef struct headrace_source {
  uint32_t struct_size;
  uint32_t flags;
  const headrace_factory* factory;

  /* [instance thread] The streams whose names match one of the patterns (`*` matches within a name; none: all), in a
   * stable order. HEADRACE_NOT_FOUND if a pattern without `*` matches nothing. */
  headrace_status (*discover)(headrace_instance* instance, const headrace_call* call, const headrace_string* patterns,
                              uint64_t n_patterns, headrace_stream_list* out, headrace_error* error);

  /* [instance thread] What is to be read of a stream: nothing that `known` says is complete, and for a split begun
   * before the same boundaries again. HEADRACE_CONFLICT, with the place, if data that was read has changed since. */
  headrace_status (*splits)(headrace_instance* instance, const headrace_call* call,
                            const headrace_split_request* request, headrace_split_list* out, headrace_error* error);

  /* [instance thread] Begins to read a split. At most one reader is open in an instance.
   * OWNERSHIP: the host releases `schema`, which is the stream's as it now is, and gives `*reader` to `close`. */
  headrace_status (*open)(headrace_instance* instance, const headrace_call* call, const headrace_open_request* request,
                          struct ArrowSchema* schema, headrace_reader** reader, headrace_error* error);

  /* [instance thread & open] The next batch, or HEADRACE_END_OF_STREAM. After any other status the reader is only
   * closed. */
  headrace_status (*read)(headrace_instance* instance, const headrace_call* call, headrace_reader* reader,
                          headrace_batch* out, headrace_error* error);

  /* [instance thread] Everything up to this position is durable at the destination. NULL if the source does not need
   * to know. Comes late, of several commits perhaps only for the last one, and may come again: a run begins with what
   * earlier ones have committed, since nobody knows whether it arrived. Of one split the positions come in the order of
   * their commits. The instance may have opened nothing: one reads while another is told.
   * A position names no stream: splits of two streams that have the same id are told one like the other. A source that
   * has to tell them apart puts the stream into the id, or into the bytes of its positions.
   * What fails is tried again later, and no row waits for it. After the last run nobody does: what must be freed needs
   * another way too. */
  headrace_status (*ack)(headrace_instance* instance, const headrace_call* call,
                         const headrace_split_position* position, headrace_error* error);

  /* [instance thread & open] Ends the reading of a split, complete or not. */
  void (*close)(headrace_instance* instance, headrace_reader* reader);
} headrace_source;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_EXT_SOURCE_H */
