/* The source: one stream `animals`, in `splits` splits with `rows` rows each. A position is the split's next row. */
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

static const char* const split_ids[] = {"herd-0", "herd-1", "herd-2", "herd-3", "herd-4", "herd-5", "herd-6", "herd-7"};

static bool is_text(headrace_string text, const char* other) {
  return text.length == strlen(other) && memcmp(text.data, other, text.length) == 0;
}

static bool fits(headrace_string pattern, headrace_string name) {
  if (pattern.length == 0) return name.length == 0;
  headrace_string rest = {pattern.data + 1, pattern.length - 1};
  headrace_string shorter = {name.data + 1, name.length - 1};
  if (pattern.data[0] != '*') return name.length && pattern.data[0] == name.data[0] && fits(rest, shorter);
  return fits(rest, name) || (name.length && fits(pattern, shorter));
}

/* discover */

static void release_streams(headrace_stream_list* list) {
  headrace_stream* const* items = list->private_data;
  if (items[0]->schema.release) items[0]->schema.release(&items[0]->schema);
  free(list->private_data);
  list->release = NULL;
}

static bool make_streams(headrace_instance* instance, headrace_stream_list* out) {
  static const headrace_string key = {"id", 2};
  struct memory {
    headrace_stream* items[1];
    headrace_stream stream;
  }* memory = calloc(1, sizeof *memory);
  if (!memory) return false;
  memory->items[0] = &memory->stream;
  memory->stream.struct_size = sizeof memory->stream;
  memory->stream.name = text_of("animals");
  memory->stream.key = &key;
  memory->stream.n_key = 1;
  memory->stream.estimated_rows = instance->settings.rows * instance->settings.n_splits;
  memory->stream.estimated_bytes = -1;
  make_schema(&memory->stream.schema);
  if (!memory->stream.schema.release) {
    free(memory);
    return false;
  }
  out->items = memory->items;
  out->n_items = 1;
  out->private_data = memory;
  out->release = release_streams;
  return true;
}

static headrace_status discover(headrace_instance* instance, const headrace_call* call,
                                const headrace_string* patterns, uint64_t n_patterns, headrace_stream_list* out,
                                headrace_error* error) {
  struct visit visit = visit_of(instance, call, AT_DISCOVER, error);
  headrace_status status = begin(&visit);
  if (status != HEADRACE_OK) return status;
  bool is_wanted = n_patterns == 0;
  for (uint64_t index = 0; index < n_patterns; index++) {
    bool is_fit = fits(patterns[index], text_of("animals"));
    bool has_star = patterns[index].length && memchr(patterns[index].data, '*', patterns[index].length);
    if (!is_fit && !has_star) return fail(&visit, HEADRACE_NOT_FOUND, "the only stream is 'animals'");
    is_wanted |= is_fit;
  }
  if (!is_wanted) return HEADRACE_OK;
  if (!make_streams(instance, out)) return fail(&visit, HEADRACE_FATAL, "out of memory");
  visit.streams = out;
  visit.schema = &out->items[0]->schema;
  return end(&visit);
}

/* splits */

static bool is_complete(const headrace_split_request* request, const char* id) {
  for (uint64_t index = 0; index < request->n_known; index++)
    if (request->known[index]->is_complete && is_text(request->known[index]->split, id)) return true;
  return false;
}

static void release_splits(headrace_split_list* list) {
  free(list->private_data);
  list->release = NULL;
}

static headrace_status splits(headrace_instance* instance, const headrace_call* call,
                              const headrace_split_request* request, headrace_split_list* out, headrace_error* error) {
  struct visit visit = visit_of(instance, call, AT_SPLITS, error);
  headrace_status status = begin(&visit);
  if (status != HEADRACE_OK) return status;
  if (!is_text(request->stream, "animals")) return fail(&visit, HEADRACE_NOT_FOUND, "the only stream is 'animals'");
  struct memory {
    headrace_split* items[8];
    headrace_split splits[8];
  }* memory = calloc(1, sizeof *memory);
  if (!memory) return fail(&visit, HEADRACE_FATAL, "out of memory");
  for (int64_t index = 0; index < instance->settings.n_splits; index++) {
    if (is_complete(request, split_ids[index])) continue;
    headrace_split* split = &memory->splits[out->n_items];
    split->struct_size = sizeof *split;
    split->id = text_of(split_ids[index]);
    split->identity = text_of("zoo-1");
    split->estimated_rows = instance->settings.rows;
    split->estimated_bytes = -1;
    memory->items[out->n_items++] = split;
  }
  out->items = memory->items;
  out->private_data = memory;
  out->release = release_splits;
  visit.splits = out;
  return end(&visit);
}

/* open */

struct headrace_reader {
  int64_t first; /* the id of the split's first row */
  int64_t next;  /* row of the split */
  uint64_t ordinal;
};

static int64_t number_of_split(headrace_instance* instance, headrace_string id) {
  for (int64_t index = 0; index < instance->settings.n_splits; index++)
    if (is_text(id, split_ids[index])) return index;
  return -1;
}

static headrace_status open_split(headrace_instance* instance, const headrace_call* call,
                                  const headrace_open_request* request, struct ArrowSchema* schema,
                                  headrace_reader** out, headrace_error* error) {
  struct visit visit = visit_of(instance, call, AT_OPEN, error);
  headrace_status status = begin(&visit);
  if (status != HEADRACE_OK) return status;
  int64_t split = number_of_split(instance, request->split);
  int64_t next = 0;
  if (request->position.length == sizeof next) memcpy(&next, request->position.data, sizeof next);
  if (!is_text(request->stream, "animals") || split < 0)
    return fail(&visit, HEADRACE_NOT_FOUND, "no such split of 'animals'");
  bool is_position = request->position.length == 0 || request->position.length == sizeof next;
  if (!is_position || next < 0 || next > instance->settings.rows)
    return fail(&visit, HEADRACE_CONFLICT, "the position is not one of this split");
  headrace_reader* reader = calloc(1, sizeof *reader);
  if (reader) make_schema(schema);
  if (!reader || !schema->release) {
    free(reader);
    return fail(&visit, HEADRACE_FATAL, "out of memory");
  }
  *reader = (headrace_reader){split * instance->settings.rows, next, request->ordinal};
  instance->last_position = next;
  instance->last_ordinal = request->ordinal;
  *out = reader;
  visit.schema = schema;
  visit.reader = out;
  return end(&visit);
}

/* read */

/* The same boundaries from every position that was ever given out. */
static int64_t rows_of_batch(const headrace_instance* instance, const headrace_reader* reader) {
  int64_t left = instance->settings.rows - reader->next;
  return left < instance->settings.batch_rows ? left : instance->settings.batch_rows;
}

static bool make_batch(headrace_instance* instance, headrace_reader* reader, int64_t rows, headrace_batch* out) {
  int64_t* ids = malloc((size_t)rows * sizeof *ids);
  if (!ids) return false;
  for (int64_t row = 0; row < rows; row++) ids[row] = reader->first + reader->next + row;
  bool is_made = make_animals(instance, ids, rows, &out->array);
  free(ids);
  if (!is_made) return false;
  struct extras* extras = add_extras(instance, out, 0);
  if (!extras) {
    drop_batch(out);
    return false;
  }
  extras->position = reader->next + rows;
  out->ordinal = reader->ordinal + 1;
  out->position.data = (const uint8_t*)&extras->position;
  out->position.length = sizeof extras->position;
  out->source_bytes = rows * 24;
  return true;
}

static headrace_status read_batch(headrace_instance* instance, const headrace_call* call, headrace_reader* reader,
                                  headrace_batch* out, headrace_error* error) {
  struct visit visit = visit_of(instance, call, AT_READ, error);
  headrace_status status = begin(&visit);
  if (status != HEADRACE_OK) return status;
  int64_t rows = rows_of_batch(instance, reader);
  if (rows <= 0) return HEADRACE_END_OF_STREAM;
  if (!make_batch(instance, reader, rows, out)) return fail(&visit, HEADRACE_FATAL, "out of memory");
  visit.batch = out;
  status = end(&visit);
  if (status != HEADRACE_OK) return status;
  instance->batches += 1;
  reader->next += rows;
  reader->ordinal += 1;
  instance->last_position = reader->next;
  instance->last_ordinal = reader->ordinal;
  return HEADRACE_OK;
}

/* ack, close */

static headrace_status acknowledge(headrace_instance* instance, const headrace_call* call,
                                   const headrace_split_position* position, headrace_error* error) {
  (void)position;
  struct visit visit = visit_of(instance, call, AT_ACK, error);
  headrace_status status = begin(&visit);
  return status == HEADRACE_OK ? end(&visit) : status;
}

static void close_reader(headrace_instance* instance, headrace_reader* reader) {
  struct visit visit = visit_of(instance, NULL, AT_CLOSE, NULL);
  if (begin(&visit) == HEADRACE_OK) end(&visit);
  free(reader);
}

const headrace_source zoo_source = {sizeof zoo_source, 0,          &zoo_factory, discover,    splits,
                                    open_split,        read_batch, acknowledge,  close_reader};
