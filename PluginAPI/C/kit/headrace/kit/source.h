/* The lists of a source, each in one allocation, and the questions that each function of a source asks first. */
#ifndef HEADRACE_KIT_SOURCE_H
#define HEADRACE_KIT_SOURCE_H

#include <headrace/ext/source.h>
#include <headrace/kit/rows.h>

/* A stream that a plugin describes. Everything is copied. */
typedef struct kit_stream {
  const char* name;
  const kit_column* columns; /* with KIT_KEY and KIT_CURSOR where it applies */
  size_t n_columns;
  uint32_t flags;         /* HEADRACE_STREAM_... */
  int64_t estimated_rows; /* -1 if not known */
} kit_stream;

/* A split that a plugin describes. Everything is copied. */
typedef struct kit_split {
  headrace_string stream;
  headrace_string id;
  headrace_string identity;
  headrace_bytes token;
  int64_t estimated_rows;  /* -1 if not known */
  int64_t estimated_bytes; /* -1 if not known */
} kit_split;

/* DISCOVER */

static inline void kit_release_streams_(headrace_stream_list* list) {
  for (uint64_t index = 0; index < list->n_items; index++) {
    struct ArrowSchema* schema = &list->items[index]->schema;
    if (schema->release) schema->release(schema);
  }
  free(list->private_data);
  list->release = NULL;
}

static inline size_t kit_stream_size_(const kit_stream* stream) {
  size_t size = sizeof(headrace_stream*) + sizeof(headrace_stream) + strlen(stream->name) + 1;
  for (size_t index = 0; index < stream->n_columns; index++)
    size += 2 * (sizeof(headrace_string) + strlen(stream->columns[index].name) + 1);
  return size;
}

/* The names of the columns with one of these flags, at `*names`, which moves behind them. */
static inline uint64_t kit_keep_names_(const kit_stream* stream, int flag, headrace_string** names, char** text) {
  uint64_t count = 0;
  for (size_t index = 0; index < stream->n_columns; index++) {
    if (!(stream->columns[index].flags & flag)) continue;
    *(*names)++ = kit_text(kit_keep_(text, stream->columns[index].name));
    count++;
  }
  return count;
}

static inline bool kit_is_wanted_(const char* name, const headrace_string* patterns, uint64_t n_patterns) {
  bool is_wanted = n_patterns == 0;
  for (uint64_t index = 0; index < n_patterns; index++)
    is_wanted = is_wanted || kit_matches(patterns[index], kit_text(name));
  return is_wanted;
}

/* The whole of `discover` for a source that knows its streams: lists those that match the patterns, in this order.
 * HEADRACE_NOT_FOUND if a pattern without `*` matches none. OWNERSHIP: the receiver releases `out` [any thread]. */
static inline headrace_status kit_list_streams(const kit_stream* streams, size_t n, const headrace_string* patterns,
                                               uint64_t n_patterns, headrace_stream_list* out,
                                               headrace_error* error) {
  for (uint64_t index = 0; index < n_patterns; index++) {
    bool is_found = kit_is_open_pattern(patterns[index]);
    for (size_t stream = 0; stream < n; stream++)
      is_found = is_found || kit_matches(patterns[index], kit_text(streams[stream].name));
    if (!is_found)
      return kit_fail(error, HEADRACE_NOT_FOUND, "there is no stream '%.*s'", KIT_ARGS(patterns[index]));
  }
  size_t size = 1, n_names = 0; /* at least one byte: no memory is a failure, an empty list is none */
  for (size_t index = 0; index < n; index++) {
    size += kit_stream_size_(&streams[index]);
    n_names += 2 * streams[index].n_columns;
  }
  headrace_stream* stream = (headrace_stream*)calloc(1, size);
  if (!stream) return kit_no_memory(error);
  headrace_stream** items = (headrace_stream**)(void*)(stream + n);
  headrace_string* names = (headrace_string*)(void*)(items + n);
  char* text = (char*)(names + n_names);
  headrace_stream_list list = {sizeof list, 0, items, 0, stream, kit_release_streams_};
  for (size_t index = 0; index < n; index++) {
    const kit_stream* from = &streams[index];
    if (!kit_is_wanted_(from->name, patterns, n_patterns)) continue;
    stream->struct_size = sizeof *stream;
    stream->flags = from->flags;
    stream->name = kit_text(kit_keep_(&text, from->name));
    stream->key = names;
    stream->n_key = kit_keep_names_(from, KIT_KEY, &names, &text);
    stream->cursors = names;
    stream->n_cursors = kit_keep_names_(from, KIT_CURSOR, &names, &text);
    stream->estimated_rows = from->estimated_rows;
    stream->estimated_bytes = -1;
    headrace_status status = kit_schema(from->columns, from->n_columns, &stream->schema, error);
    if (status != HEADRACE_OK) {
      kit_release_streams_(&list);
      return status;
    }
    items[list.n_items++] = stream++;
  }
  kit_fill(out, &list, sizeof list);
  return HEADRACE_OK;
}

/* SPLITS */

static inline void kit_release_splits_(headrace_split_list* list) {
  free(list->private_data);
  list->release = NULL;
}

/* Copies bytes to `*to`, which moves behind them. */
static inline char* kit_keep_bytes_(char** to, const void* bytes, uint64_t length) {
  char* kept = *to;
  if (length) memcpy(kept, bytes, (size_t)length);
  *to += length;
  return kept;
}

/* What is known of a split, with HEADRACE_CONFLICT if that was of other data. */
static inline headrace_status kit_split_known_(const kit_split* split, const headrace_split_request* request,
                                               bool* is_complete, headrace_error* error) {
  *is_complete = false;
  for (uint64_t index = 0; index < request->n_known; index++) {
    headrace_split_position known;
    kit_known(&known, sizeof known, request->known[index]);
    if (!kit_equal(known.split, split->id)) continue;
    if (known.identity.length && !kit_equal(known.identity, split->identity))
      return kit_fail(error, HEADRACE_CONFLICT, "the data of split '%.*s' has changed since it was read",
                      KIT_ARGS(split->id));
    *is_complete = *is_complete || known.is_complete;
  }
  return HEADRACE_OK;
}

static inline size_t kit_splits_size_(const kit_split* splits, size_t n) {
  size_t size = 1;
  for (size_t index = 0; index < n; index++) {
    size += sizeof(headrace_split) + sizeof(headrace_split*);
    size += (size_t)(splits[index].id.length + splits[index].identity.length + splits[index].token.length);
  }
  return size;
}

/* The whole of `splits` for a source that knows all splits of its streams: lists, in this order, those of the stream
 * that were not read to their end. HEADRACE_NOT_FOUND if the stream has none, HEADRACE_CONFLICT if one that is known
 * has another identity now. OWNERSHIP: the receiver releases `out` [any thread]. */
static inline headrace_status kit_list_splits(const kit_split* splits, size_t n, const headrace_split_request* request,
                                              headrace_split_list* out, headrace_error* error) {
  headrace_split_request wanted;
  kit_known(&wanted, sizeof wanted, request);
  headrace_split* split = (headrace_split*)calloc(1, kit_splits_size_(splits, n));
  if (!split) return kit_no_memory(error);
  headrace_split** items = (headrace_split**)(void*)(split + n);
  char* text = (char*)(items + n);
  headrace_split_list list = {sizeof list, 0, items, 0, split, kit_release_splits_};
  headrace_status status = HEADRACE_OK;
  bool is_stream = false;
  for (size_t index = 0; status == HEADRACE_OK && index < n; index++) {
    const kit_split* from = &splits[index];
    bool is_complete;
    if (!kit_equal(from->stream, wanted.stream)) continue;
    is_stream = true;
    status = kit_split_known_(from, &wanted, &is_complete, error);
    if (is_complete) continue;
    split->struct_size = sizeof *split;
    split->id.data = kit_keep_bytes_(&text, from->id.data, split->id.length = from->id.length);
    split->identity.data = kit_keep_bytes_(&text, from->identity.data, split->identity.length = from->identity.length);
    split->token.length = from->token.length;
    split->token.data = (const uint8_t*)kit_keep_bytes_(&text, from->token.data, from->token.length);
    split->estimated_rows = from->estimated_rows;
    split->estimated_bytes = from->estimated_bytes;
    items[list.n_items++] = split++;
  }
  if (!is_stream)
    status = kit_fail(error, HEADRACE_NOT_FOUND, "there is no stream '%.*s'", KIT_ARGS(wanted.stream));
  if (status == HEADRACE_OK) kit_fill(out, &list, sizeof list);
  else kit_release_splits_(&list);
  return status;
}

/* OPEN */

/* Finds the split that is opened among those that there are. HEADRACE_NOT_FOUND if it is none of them,
 * HEADRACE_CONFLICT if it was of other data, with `*index` left alone; `index` may be NULL. */
static inline headrace_status kit_find_split(const kit_split* splits, size_t n, const headrace_open_request* request,
                                             size_t* index, headrace_error* error) {
  headrace_open_request wanted;
  kit_known(&wanted, sizeof wanted, request);
  for (size_t at = 0; at < n; at++) {
    if (!kit_equal(splits[at].stream, wanted.stream) || !kit_equal(splits[at].id, wanted.split)) continue;
    if (wanted.identity.length && !kit_equal(wanted.identity, splits[at].identity))
      return kit_fail(error, HEADRACE_CONFLICT, "the data of split '%.*s' has changed since it was read",
                      KIT_ARGS(wanted.split));
    if (index) *index = at;
    return HEADRACE_OK;
  }
  return kit_fail(error, HEADRACE_NOT_FOUND, "there is no split '%.*s' of a stream '%.*s'", KIT_ARGS(wanted.split),
                  KIT_ARGS(wanted.stream));
}

/* Reads a position that is the number of the next row, as `kit_end_batch_at_row` writes it; the start is 0.
 * HEADRACE_INVALID_CONFIG if it is no such number, HEADRACE_CONFLICT if the split has only `rows` rows by now. */
static inline headrace_status kit_row_position(const headrace_open_request* request, int64_t rows, int64_t* next,
                                               headrace_error* error) {
  headrace_open_request wanted;
  kit_known(&wanted, sizeof wanted, request);
  int64_t row = 0;
  if (wanted.position.length > 0 && (!kit_parse_int64(wanted.position, &row) || row < 0))
    return kit_fail_constant(error, HEADRACE_INVALID_CONFIG, "the position is not one of this plugin's");
  if (row > rows)
    return kit_fail(error, HEADRACE_CONFLICT, "%lld rows of '%.*s' were read, and there are only %lld now",
                    (long long)row, KIT_ARGS(wanted.stream), (long long)rows);
  *next = row;
  return HEADRACE_OK;
}

#endif /* HEADRACE_KIT_SOURCE_H */
