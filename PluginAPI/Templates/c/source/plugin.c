/* A source: one stream, `numbers`, in one split, `all`. A position is the number of the next row. */
#include <headrace/kit.h>

enum { N, LABEL, N_COLUMNS };
static const kit_column columns[] = {{"n", KIT_INT64, KIT_KEY}, {"label", KIT_UTF8, 0}};
static const int64_t batch_rows = 1000; /* whatever the host would like: the same batches in every run */

/* The identity is that of the data, such as a file's hash: a split begun in other data is a conflict. */
static const kit_split all = {KIT_TEXT("numbers"), KIT_TEXT("all"), KIT_TEXT("@name@"), {NULL, 0}, -1, -1};

struct headrace_reader { int64_t next; uint64_t ordinal; }; /* the next row; the number of the last batch */

struct headrace_instance {
  int64_t rows;
  atomic_bool is_cancelled;
  headrace_reader reader; /* at most one is open */
};

static const char schema[] = KIT_JSON({"type": "object", "additionalProperties": false, "properties": {
  "rows": {"type": "integer", "minimum": 0, "default": 1000, "description": "How many numbers there are."}}});

static void destroy(headrace_instance* instance) { free(instance); }
static void cancel(headrace_instance* instance) { atomic_store(&instance->is_cancelled, true); }

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
    headrace_instance** out, headrace_error* error) {
  (void)host;
  KIT_TRY(kit_check(call, NULL, error));
  int64_t rows;
  KIT_TRY(kit_int64(config, "rows", &rows, error));
  headrace_instance* instance = calloc(1, sizeof *instance);
  if (!instance) return kit_no_memory(error);
  instance->rows = rows;
  *out = instance;
  return HEADRACE_OK;
}

static headrace_status discover(headrace_instance* instance, const headrace_call* call,
    const headrace_string* patterns, uint64_t n_patterns, headrace_stream_list* out, headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  kit_stream numbers = {"numbers", columns, N_COLUMNS, 0, instance->rows};
  return kit_list_streams(&numbers, 1, patterns, n_patterns, out, error);
}

static headrace_status splits(headrace_instance* instance, const headrace_call* call,
    const headrace_split_request* request, headrace_split_list* out, headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  return kit_list_splits(&all, 1, request, out, error);
}

static headrace_status open_split(headrace_instance* instance, const headrace_call* call,
    const headrace_open_request* request, struct ArrowSchema* out, headrace_reader** reader,
    headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  KIT_TRY(kit_find_split(&all, 1, request, NULL, error));
  KIT_TRY(kit_row_position(request, instance->rows, &instance->reader.next, error));
  KIT_TRY(kit_schema(columns, N_COLUMNS, out, error));
  instance->reader.ordinal = request->ordinal;
  *reader = &instance->reader;
  return HEADRACE_OK;
}

static headrace_status read_batch(headrace_instance* instance, const headrace_call* call,
    headrace_reader* reader, headrace_batch* out, headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  int64_t left = instance->rows - reader->next, end = reader->next + (left < batch_rows ? left : batch_rows);
  if (left == 0) return HEADRACE_END_OF_STREAM;
  kit_rows rows = kit_rows_begin(columns, N_COLUMNS, end - reader->next);
  for (int64_t n = reader->next; n < end; n++) {
    kit_put_int64(&rows, N, n);
    kit_put_format(&rows, LABEL, "number %" PRId64, n);
    kit_end_row(&rows);
  }
  KIT_TRY(kit_end_batch_at_row(&rows, end, reader->ordinal + 1, out, error)); /* a failure consumes none */
  *reader = (headrace_reader){end, reader->ordinal + 1};
  return HEADRACE_OK;
}

static void end_split(headrace_instance* instance, headrace_reader* reader) { (void)instance, (void)reader; }

static const headrace_factory factory = {sizeof factory, 0, KIT_TEXT(schema), create, destroy, cancel};
static const headrace_source source = {
    sizeof source, 0, &factory, discover, splits, open_split, read_batch, NULL, end_split};
KIT_PLUGIN("@name@", "0.1.0", HEADRACE_SOURCE, &source);
