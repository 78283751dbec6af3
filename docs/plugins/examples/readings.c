/* A source with the kit for C: the lines of a text file, such as `cellar 12.5`. A line that is none becomes a reject.
 *
 *   config: {"file": "/var/lib/readings.txt"}
 */
#define _POSIX_C_SOURCE 200809L
#include <headrace/kit.h>

#include <errno.h>
#include <sys/types.h>

enum { SENSOR, VALUE, N_COLUMNS };
static const kit_column columns[] = {{"sensor", KIT_UTF8, 0}, {"value", KIT_FLOAT64, 0}};
static const kit_split all = {KIT_TEXT("readings"), KIT_TEXT("all"), {NULL, 0}, {NULL, 0}, -1, -1};
static const int64_t batch_lines = 1000; /* whatever the host would like: the same batches in every run */

/* The next byte and the next line of the file; both are the position. */
struct headrace_reader {
  FILE* file;
  int64_t line;
  uint64_t ordinal;
};

struct headrace_instance {
  const headrace_host* host;
  char* path;
  atomic_bool is_cancelled;
  headrace_reader reader; /* at most one is open */
};

static const char schema[] = KIT_JSON({"type": "object", "additionalProperties": false, "required": ["file"],
  "properties": {"file": {"type": "string", "description": "The file; a line is a name and a number."}}});

static void destroy(headrace_instance* instance) {
  free(instance->path);
  free(instance);
}

static void cancel(headrace_instance* instance) { atomic_store(&instance->is_cancelled, true); }

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
                              headrace_instance** out, headrace_error* error) {
  KIT_TRY(kit_check(call, NULL, error));
  headrace_instance* instance = calloc(1, sizeof *instance);
  if (!instance) return kit_no_memory(error);
  instance->host = host;
  headrace_status status = kit_string(config, "file", &instance->path, error);
  if (status != HEADRACE_OK) destroy(instance);
  else *out = instance;
  return status;
}

static headrace_status discover(headrace_instance* instance, const headrace_call* call, const headrace_string* patterns,
                                uint64_t n_patterns, headrace_stream_list* out, headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  kit_stream readings = {"readings", columns, N_COLUMNS, 0, -1};
  return kit_list_streams(&readings, 1, patterns, n_patterns, out, error);
}

static headrace_status splits(headrace_instance* instance, const headrace_call* call,
                              const headrace_split_request* request, headrace_split_list* out, headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  return kit_list_splits(&all, 1, request, out, error);
}

/* A position is `BYTE LINE`; the start is none. */
static bool seek(headrace_reader* reader, headrace_bytes position) {
  char text[64] = "";
  long long byte = 0, line = 0;
  if (position.length >= sizeof text) return false;
  if (position.length) memcpy(text, position.data, (size_t)position.length);
  if (text[0] && sscanf(text, "%lld %lld", &byte, &line) != 2) return false;
  reader->line = line;
  return byte >= 0 && fseeko(reader->file, (off_t)byte, SEEK_SET) == 0;
}

static headrace_status open_split(headrace_instance* instance, const headrace_call* call,
                                  const headrace_open_request* request, struct ArrowSchema* out,
                                  headrace_reader** reader, headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  KIT_TRY(kit_find_split(&all, 1, request, NULL, error));
  headrace_reader opened = {fopen(instance->path, "r"), 0, request->ordinal};
  if (!opened.file)
    return kit_fail(error, errno == ENOENT ? HEADRACE_NOT_FOUND : HEADRACE_TRANSIENT, "cannot open '%s': %s",
                    instance->path, strerror(errno));
  headrace_status status = seek(&opened, request->position)
                               ? kit_schema(columns, N_COLUMNS, out, error)
                               : kit_fail(error, HEADRACE_CONFLICT, "the position is none in '%s'", instance->path);
  if (status != HEADRACE_OK) {
    fclose(opened.file);
    return status;
  }
  instance->reader = opened;
  *reader = &instance->reader;
  return HEADRACE_OK;
}

/* One line, without its end: into a row, or into a reject. */
static void take(const headrace_instance* instance, int64_t number, const char* line, kit_rows* rows,
                 kit_rejects* rejects) {
  char sensor[64], rest;
  double value;
  if (sscanf(line, "%63s %lf %c", sensor, &value, &rest) == 2) {
    kit_put_format(rows, SENSOR, "%s", sensor);
    kit_put_float64(rows, VALUE, value);
    kit_end_row(rows);
    return;
  }
  char place[64];
  snprintf(place, sizeof place, "line %" PRId64, number);
  headrace_bytes record = {(const uint8_t*)line, strlen(line)};
  kit_reject(rejects, -1, kit_text(place), record, "'%.40s' is no name and number", line);
  kit_log(instance->host, HEADRACE_LOG_DEBUG, "%s of '%s' is left out", place, instance->path);
}

static headrace_status read_batch(headrace_instance* instance, const headrace_call* call, headrace_reader* reader,
                                  headrace_batch* out, headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  kit_rows rows = kit_rows_begin(columns, N_COLUMNS, batch_lines);
  kit_rejects rejects = KIT_NO_REJECTS;
  char* line = NULL;
  size_t room = 0;
  int64_t next = reader->line;
  off_t start = ftello(reader->file);
  for (ssize_t length; next < reader->line + batch_lines && (length = getline(&line, &room, reader->file)) > 0;) {
    if (line[length - 1] == '\n') line[length - 1] = 0;
    take(instance, ++next, line, &rows, &rejects);
  }
  free(line);
  headrace_status status = HEADRACE_END_OF_STREAM;
  if (ferror(reader->file)) status = kit_fail(error, HEADRACE_TRANSIENT, "cannot read '%s'", instance->path);
  if (ferror(reader->file) || next == reader->line) {
    kit_rows_abandon(&rows);
    kit_rejects_abandon(&rejects);
    return status;
  }
  char position[64];
  off_t end = ftello(reader->file);
  snprintf(position, sizeof position, "%lld %lld", (long long)end, (long long)next);
  status = kit_end_batch(&rows, kit_text(position), reader->ordinal + 1, (int64_t)(end - start), out, error);
  if (status == HEADRACE_OK) status = kit_end_rejects(&rejects, out, error);
  else kit_rejects_abandon(&rejects);
  if (status != HEADRACE_OK) { /* a failure consumes none */
    fseeko(reader->file, start, SEEK_SET);
    return status;
  }
  kit_count(instance->host, "read_bytes", (int64_t)(end - start));
  reader->line = next;
  reader->ordinal++;
  return HEADRACE_OK;
}

static void end_split(headrace_instance* instance, headrace_reader* reader) {
  (void)instance;
  fclose(reader->file);
}

static const headrace_factory factory = {sizeof factory, 0, KIT_TEXT(schema), create, destroy, cancel};
static const headrace_source source = {
    sizeof source, 0, &factory, discover, splits, open_split, read_batch, NULL, end_split};
KIT_PLUGIN("readings", "1.0.0", HEADRACE_SOURCE, &source);
