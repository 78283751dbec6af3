/* Tables, streams and splits that break what the headers say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

/* Sizes. */

static headrace_status stream_small(struct visit* visit) {
  visit->streams->items[0]->struct_size = 8;
  return HEADRACE_OK;
}

static headrace_status split_small(struct visit* visit) {
  if (visit->splits->n_items) visit->splits->items[0]->struct_size = 8;
  return HEADRACE_OK;
}

static bool is_source(struct visit* visit) { return *visit->table == &zoo_source; }

static headrace_status table_small(struct visit* visit) {
  static headrace_source source;
  static headrace_transform transform;
  source = zoo_source;
  transform = zoo_transform;
  source.struct_size = transform.struct_size = 12;
  *visit->table = is_source(visit) ? (const void*)&source : (const void*)&transform;
  return HEADRACE_OK;
}

static headrace_status table_large(struct visit* visit) {
  static headrace_source source;
  static headrace_transform transform;
  source = zoo_source;
  transform = zoo_transform;
  source.struct_size = transform.struct_size = UINT32_MAX;
  *visit->table = is_source(visit) ? (const void*)&source : (const void*)&transform;
  return HEADRACE_OK;
}

static headrace_status table_empty(struct visit* visit) {
  static const headrace_source source = {.struct_size = sizeof source, .factory = &zoo_factory};
  static const headrace_transform transform = {.struct_size = sizeof transform, .factory = &zoo_factory};
  *visit->table = is_source(visit) ? (const void*)&source : (const void*)&transform;
  return HEADRACE_OK;
}
/* Streams and splits. The lists are the plugin's own, which may be written to although the host may not. */

static headrace_stream* stream_of(struct visit* visit) { return visit->streams->items[0]; }

static headrace_status named(struct visit* visit, const char* data, uint64_t length) {
  stream_of(visit)->name = (headrace_string){data, length};
  return HEADRACE_OK;
}

static headrace_status unknown_stream(struct visit* visit) { return named(visit, "unicorns", 8); }

static headrace_status stream_without_name(struct visit* visit) { return named(visit, "", 0); }

static headrace_status stream_as_path(struct visit* visit) { return named(visit, "../../animals", 13); }

static headrace_status stream_not_utf8(struct visit* visit) { return named(visit, not_utf8.data, not_utf8.length); }

static headrace_status stream_bad_name(struct visit* visit) { return named(visit, nowhere(), 100); }

static headrace_status unknown_key(struct visit* visit) {
  static const headrace_string key = {"horn", 4};
  stream_of(visit)->key = &key;
  return HEADRACE_OK;
}

static headrace_status endless_key(struct visit* visit) {
  stream_of(visit)->n_key = UINT64_MAX;
  return HEADRACE_OK;
}

static headrace_status endless_streams(struct visit* visit) {
  visit->streams->n_items = UINT64_MAX;
  return HEADRACE_OK;
}

/* All but the first are empty structures of their own. */
static void release_many_streams(headrace_stream_list* list) {
  headrace_stream* first = list->items[0];
  if (first->schema.release) first->schema.release(&first->schema);
  for (uint64_t index = 1; index < list->n_items; index++)
    if (list->items[index]->schema.release) list->items[index]->schema.release(&list->items[index]->schema);
  free(list->private_data);
  list->release = NULL;
}

/* `n` streams in the place of the one that there is, of one name, or each with its own. */
static headrace_status make_many_streams(struct visit* visit, uint64_t n, bool is_one_name) {
  struct item {
    headrace_stream stream;
    char name[24];
  };
  headrace_stream** pointers = calloc(n + 1, sizeof *pointers + sizeof(struct item));
  if (!pointers || n == 0) {
    free(pointers);
    return HEADRACE_OK;
  }
  struct item* items = (struct item*)(pointers + n + 1);
  for (uint64_t index = 0; index < n; index++) {
    pointers[index] = &items[index].stream;
    items[index].stream.struct_size = sizeof(headrace_stream);
    snprintf(items[index].name, sizeof items[index].name, is_one_name ? "animals" : "animals_%llu",
             (unsigned long long)index);
    items[index].stream.name = text_of(items[index].name);
    items[index].stream.estimated_rows = items[index].stream.estimated_bytes = -1;
    make_schema(&items[index].stream.schema);
  }
  visit->streams->release(visit->streams);
  visit->streams->items = pointers;
  visit->streams->n_items = n;
  visit->streams->private_data = pointers;
  visit->streams->release = release_many_streams;
  return HEADRACE_OK;
}

static headrace_status same_streams(struct visit* visit) { return make_many_streams(visit, 2, true); }

static headrace_status many_streams(struct visit* visit) {
  return make_many_streams(visit, (uint64_t)bounded(visit, 100000), false);
}

static headrace_split* split_of(struct visit* visit) {
  static headrace_split none; /* nothing is left to be read, and nothing to be spoiled */
  return visit->splits->n_items ? visit->splits->items[0] : &none;
}

static headrace_status same_splits(struct visit* visit) {
  headrace_split** items = visit->splits->private_data;
  if (visit->splits->n_items == 0) return HEADRACE_OK;
  items[1] = items[0];
  visit->splits->n_items = 2;
  return HEADRACE_OK;
}

static headrace_status null_split(struct visit* visit) {
  headrace_split** items = visit->splits->private_data;
  items[0] = NULL;
  return HEADRACE_OK;
}

static headrace_status endless_splits(struct visit* visit) {
  visit->splits->n_items = UINT64_MAX;
  return HEADRACE_OK;
}

static headrace_status empty_split_id(struct visit* visit) {
  split_of(visit)->id.length = 0;
  return HEADRACE_OK;
}

static headrace_status long_split_id(struct visit* visit) {
  split_of(visit)->id = long_text;
  return HEADRACE_OK;
}

static headrace_status long_identity(struct visit* visit) {
  split_of(visit)->identity = long_text;
  return HEADRACE_OK;
}

static headrace_status bad_token(struct visit* visit) {
  split_of(visit)->token = (headrace_bytes){(const uint8_t*)nowhere(), 100};
  return HEADRACE_OK;
}

static const char once[] = "once";

const struct misbehaviour listing_breaches[] = {
    {"stream_small", "a stream with `struct_size` 8", once, AT_DISCOVER, NULL, stream_small},
    {"split_small", "a split with `struct_size` 8", once, AT_SPLITS, NULL, split_small},
    {"table_small", "a table with `struct_size` 12", once, AT_GET_EXTENSION, NULL, table_small},
    {"table_large", "a table with `struct_size` 2^32 - 1", once, AT_GET_EXTENSION, NULL, table_large},
    {"table_empty", "a table without functions", once, AT_GET_EXTENSION, NULL, table_empty},
    {"unknown_stream", "a stream that it does not know itself", once, AT_DISCOVER, NULL, unknown_stream},
    {"same_streams", "two streams of one name", once, AT_DISCOVER, NULL, same_streams},
    {"many_streams", "100,000 streams", "`amount` of 100,000", AT_DISCOVER, NULL, many_streams},
    {"endless_streams", "2^64 - 1 streams, and a list of one", once, AT_DISCOVER, NULL, endless_streams},
    {"stream_without_name", "a stream with an empty name", once, AT_DISCOVER, NULL, stream_without_name},
    {"stream_as_path", "a stream named ../../animals", once, AT_DISCOVER, NULL, stream_as_path},
    {"stream_not_utf8", "a stream whose name is not UTF-8", once, AT_DISCOVER, NULL, stream_not_utf8},
    {"stream_bad_name", "a stream whose name is not mapped", once, AT_DISCOVER, NULL, stream_bad_name},
    {"unknown_key", "a key column that there is not", once, AT_DISCOVER, NULL, unknown_key},
    {"endless_key", "2^64 - 1 key columns, and a list of one", once, AT_DISCOVER, NULL, endless_key},
    {"same_splits", "a split twice", once, AT_SPLITS, NULL, same_splits},
    {"null_split", "a split that is NULL", once, AT_SPLITS, NULL, null_split},
    {"endless_splits", "2^64 - 1 splits, and a list of eight", once, AT_SPLITS, NULL, endless_splits},
    {"empty_split_id", "a split with an empty id", once, AT_SPLITS, NULL, empty_split_id},
    {"long_split_id", "a split with an id of 1 MiB", once, AT_SPLITS, NULL, long_split_id},
    {"long_identity", "a split with an identity of 1 MiB", once, AT_SPLITS, NULL, long_identity},
    {"bad_token", "a split whose token is not mapped", once, AT_SPLITS, NULL, bad_token},
    {0}};
