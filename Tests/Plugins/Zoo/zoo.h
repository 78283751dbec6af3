/* What the files of the zoo share. The plugin is in zoo.c, source.c, transform.c and format.c and behaves well; each
 * file of a subject (crashes.c, hangs.c, ...) is a list of ways not to. See README.md. */
#ifndef HEADRACE_ZOO_PRIVATE_H
#define HEADRACE_ZOO_PRIVATE_H

#include <headrace/headrace.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "headrace_zoo.h"

/* Where a misbehaviour can happen, as bits. Each is a function of the ABI. */
enum place {
  AT_NEGOTIATE = 1 << 0, /* the first four have no configuration yet: the environment chooses, see `early_visit` */
  AT_INIT = 1 << 1,
  AT_DEINIT = 1 << 2,
  AT_GET_EXTENSION = 1 << 3,
  AT_CREATE = 1 << 4,
  AT_DISCOVER = 1 << 5,
  AT_SPLITS = 1 << 6,
  AT_OPEN = 1 << 7,
  AT_READ = 1 << 8,
  AT_ACK = 1 << 9,
  AT_CLOSE = 1 << 10,
  AT_BIND = 1 << 11,
  AT_APPLY = 1 << 12,
  AT_CANCEL = 1 << 13,
  AT_DESTROY = 1 << 14,
  AT_RELEASE = 1 << 15, /* of a batch: on any thread, after `destroy` too */
  AT_OPEN_FILE = 1 << 16, /* from here on those of the format */
  AT_WRITE = 1 << 17,
  AT_FINISH = 1 << 18,
  AT_ABORT = 1 << 19,
  AT_GET_FORMAT = 1 << 20, /* `get_extension` of the format; early as the first four */
  N_PLACES = 21
};

#define ANYWHERE 0xFFFF /* but in the format */
#define WITH_BATCH (AT_READ | AT_APPLY)
#define WITH_SCHEMA (AT_DISCOVER | AT_OPEN | AT_BIND)
#define WITH_CALL (AT_CREATE | AT_DISCOVER | AT_SPLITS | AT_OPEN | AT_READ | AT_ACK | AT_BIND | AT_APPLY)
#define WITH_HOST (WITH_CALL | AT_CLOSE | AT_CANCEL | AT_DESTROY)
#define WITH_ERROR (WITH_CALL | AT_NEGOTIATE | AT_INIT)
#define WITH_OUTCOME (WITH_HOST | WITH_ERROR) /* where there is a log or an error to tell how an attempt ended */

struct misbehaviour;

/* The configuration. */
struct settings {
  const struct misbehaviour* misbehaviour; /* NULL: behaves well */
  uint32_t at;                             /* places */
  int64_t after;                           /* batches that the instance returns before */
  bool is_repeated;                        /* at every call from then on; otherwise once for each instance */
  bool uses_allocator;
  int64_t rows;
  int64_t batch_rows;
  int64_t n_splits;
  int64_t seconds; /* how long what takes time takes */
  int64_t amount;  /* lowers a bound, never raises it; -1: as it is */
  int64_t port;
  char path[1024]; /* a file or a folder, as the misbehaviour needs it */
  char once[1024]; /* a file that is made when it happens; while it exists, it does not happen again */
};

#define N_KEPT_DESCRIPTORS 4096

struct headrace_instance {
  struct settings settings;
  const headrace_host* host;
  const headrace_host_allocator* allocator; /* NULL: malloc */
  atomic_bool is_cancelled;
  atomic_bool has_misbehaved;
  _Atomic int64_t batches; /* returned; `cancel` looks too */
  int64_t last_position;   /* of the batch before, */
  uint64_t last_ordinal;   /* and its number */
  int64_t id_column;       /* of a bound transform: where `id` stands among the columns */
  int n_descriptors;       /* leaked, until `destroy` */
  int* descriptors;
  char* file_to_remove;    /* by `destroy` */
  headrace_writer* first_writer; /* of the files that are open */
};

/* A column of a file; its bounds lie in memory of its own. */
struct zoo_column {
  char kind; /* `l`, `g` or `u`, as Arrow has it */
  headrace_column_summary summary;
  uint8_t* lower;
  uint8_t* upper;
};

struct headrace_writer {
  const headrace_output* output;
  uint64_t n_columns;
  struct zoo_column* columns;
  const headrace_column_summary** summaries;
  int64_t n_rows;
  int64_t n_bytes;
};

/* One call of a function, as a misbehaviour sees it. What does not belong to the place is NULL. */
struct visit {
  enum place place;
  const struct settings* settings;
  headrace_instance* instance; /* NULL early and in `release` */
  const headrace_host* host;
  const headrace_call* call;
  headrace_error* error;
  bool is_due;

  /* What the function made, for `after`. */
  headrace_batch* batch;
  struct ArrowSchema* schema;
  headrace_stream_list* streams;
  headrace_split_list* splits;
  headrace_instance** created;
  headrace_reader** reader;
  struct ArrowArray* input; /* of `apply`, before it was moved */
  const void** table;       /* of `get_extension` */

  /* What the format is given, as it goes on with it, and what it does. */
  headrace_writer* writer;
  const int32_t* rows;
  int64_t batch_offset;
  int64_t* file_bytes;
  headrace_file_summary* summary;
  headrace_status refusal; /* of columns */
  enum { FAILURE_KEPT, FAILURE_IGNORED, FAILURE_CHANGED } on_failure; /* of the output */
  bool is_short;     /* leaves out what begins or ends a file */
  bool keeps_writer; /* of a `finish` that fails */
};

/* `before` runs instead of the function if it returns anything but HEADRACE_OK; `after` spoils what the function made,
 * and its status is what the host gets. */
struct misbehaviour {
  const char* name;
  const char* description;
  const char* bound;
  uint32_t places;
  headrace_status (*before)(struct visit* visit);
  headrace_status (*after)(struct visit* visit);
};

/* Each ends with an item without a name. */
extern const struct misbehaviour crashes[], hangs[], resources[], process_changes[], arrow_lies[], batch_breaches[],
    error_breaches[], listing_breaches[], permission_breaches[], shared_memory_attacks[], file_lies[];

/* catalogue.c */
const struct misbehaviour* find_misbehaviour(const char* name);
uint32_t find_place(const char* name); /* 0: none of that name */

/* settings.c: NULL, or what is wrong, as a constant. `text` ends in a NUL. */
const char* read_settings(const char* text, struct settings* out);

/* visit.c */
struct visit visit_of(headrace_instance* instance, const headrace_call* call, enum place place, headrace_error* error);
headrace_status begin(struct visit* visit); /* first in each function: cancellation, deadline, and `before` */
headrace_status end(struct visit* visit);   /* last in each function that came so far: `after` */
bool claim(headrace_instance* instance, enum place place); /* whether it is to happen now; then it is counted */
headrace_status early_visit(enum place place, const void** table, headrace_error* error);
void say(struct visit* visit, int32_t level, const char* message);
const void* host_service(const headrace_host* host, const char* id);
headrace_status fail(struct visit* visit, headrace_status status, const char* message); /* a constant message */
headrace_status fail_with_code(struct visit* visit, int code); /* errno */

/* How an attempt that a sandbox should stop has ended: `code` is 0 if it was not stopped, which is logged as a warning
 * and otherwise goes unpunished; or the errno, which is a failure of the call. */
headrace_status attempted(struct visit* visit, int code);

headrace_string text_of(const char* text);
const char* nowhere(void);              /* where nothing is mapped */
extern const headrace_string not_utf8;
extern const headrace_string long_text; /* 1 MiB, which is more than any text may have */
int64_t monotonic_ns(void);
void sleep_ns(int64_t ns);
int64_t duration_ns(const struct visit* visit);           /* `seconds` */
int64_t bounded(const struct visit* visit, int64_t most); /* `most`, or the `amount` if that is less */

/* animals.c: rows `id`, `animal`, `weight`, which follow from the id alone. Memory that an array needs belongs to a
 * block that goes with the last of its arrays. */
enum { ID_COLUMN, ANIMAL_COLUMN, WEIGHT_COLUMN, N_COLUMNS };
struct animals {
  atomic_int users;
  struct ArrowArray columns[N_COLUMNS];
  struct ArrowArray* children[N_COLUMNS + 1];
  const void* row_buffers[1];
  const void* buffers[N_COLUMNS][3];
  void* owned[8]; /* from the host's allocator if `host_free` is not NULL, which looks at no host and so outlives it */
  void (*host_free)(const headrace_host* host, void* memory);
  void* extra; /* from malloc; for what a misbehaviour adds */
};
void make_schema(struct ArrowSchema* out);
bool make_animals(headrace_instance* instance, const int64_t* ids, int64_t n, struct ArrowArray* out);
void release_animals(struct ArrowArray* array); /* of the rows */
void retain_animals(struct animals* animals);
void drop_animals(struct animals* animals);

/* batch.c: what comes with the rows, in one block. */
struct extras {
  struct settings settings; /* of the misbehaviour in `release` */
  int64_t position;
  bool is_hostile;
  void* extra; /* from malloc; for what a misbehaviour adds */
  const headrace_reject* const* rejects;
};
struct extras* add_extras(headrace_instance* instance, headrace_batch* out, size_t n_rejects);
void drop_batch(headrace_batch* batch); /* releases all of it, and leaves it as it came */

/* The tables. */
extern const headrace_factory zoo_factory;
extern const headrace_source zoo_source;
extern const headrace_transform zoo_transform;
extern const headrace_format zoo_format;

#endif /* HEADRACE_ZOO_PRIVATE_H */
