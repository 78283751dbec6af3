/* Lies in Arrow's two structures. The memory behind them is sound and is released as if they were true: each release
 * goes by its private data and by nothing that stands in the structure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

static struct animals* animals_of(struct visit* visit) { return visit->batch->array.private_data; }

static struct ArrowArray* column(struct visit* visit, int number) { return &animals_of(visit)->columns[number]; }

static int32_t* name_offsets(struct visit* visit) {
  return (int32_t*)(uintptr_t)column(visit, ANIMAL_COLUMN)->buffers[1];
}

/* Lengths, counts and offsets. */

static headrace_status negative_length(struct visit* visit) {
  visit->batch->array.length = -4;
  column(visit, ID_COLUMN)->length = -4;
  return HEADRACE_OK;
}

static void set_lengths(struct visit* visit, int64_t length) {
  visit->batch->array.length = length;
  for (int number = 0; number < N_COLUMNS; number++) column(visit, number)->length = length;
}

static headrace_status length_past_buffers(struct visit* visit) {
  set_lengths(visit, visit->batch->array.length * 1000);
  return HEADRACE_OK;
}

static headrace_status length_2_31(struct visit* visit) {
  set_lengths(visit, (int64_t)1 << 31);
  return HEADRACE_OK;
}

static headrace_status length_2_62(struct visit* visit) {
  set_lengths(visit, (int64_t)1 << 62);
  return HEADRACE_OK;
}

static headrace_status short_column(struct visit* visit) {
  column(visit, WEIGHT_COLUMN)->length -= 1;
  return HEADRACE_OK;
}

static headrace_status null_count_wrong(struct visit* visit) {
  column(visit, ANIMAL_COLUMN)->null_count = 0;
  return HEADRACE_OK;
}

static headrace_status null_count_negative(struct visit* visit) {
  column(visit, ANIMAL_COLUMN)->null_count = -7;
  return HEADRACE_OK;
}

static headrace_status null_count_huge(struct visit* visit) {
  column(visit, ANIMAL_COLUMN)->null_count = visit->batch->array.length + 1;
  return HEADRACE_OK;
}

static headrace_status nulls_without_validity(struct visit* visit) {
  column(visit, ANIMAL_COLUMN)->buffers[0] = NULL;
  column(visit, ANIMAL_COLUMN)->null_count = 1;
  return HEADRACE_OK;
}

static headrace_status null_in_required(struct visit* visit) {
  column(visit, ID_COLUMN)->buffers[0] = column(visit, ANIMAL_COLUMN)->buffers[0];
  column(visit, ID_COLUMN)->null_count = column(visit, ANIMAL_COLUMN)->null_count;
  return HEADRACE_OK;
}

static headrace_status null_rows(struct visit* visit) {
  animals_of(visit)->row_buffers[0] = column(visit, ANIMAL_COLUMN)->buffers[0];
  visit->batch->array.null_count = column(visit, ANIMAL_COLUMN)->null_count;
  return HEADRACE_OK;
}

static headrace_status offset_out_of_range(struct visit* visit) {
  column(visit, ID_COLUMN)->offset = INT64_MAX - 1;
  return HEADRACE_OK;
}

static headrace_status offset_past_buffers(struct visit* visit) {
  visit->batch->array.offset = 1 << 20;
  return HEADRACE_OK;
}

static headrace_status offset_negative(struct visit* visit) {
  column(visit, ID_COLUMN)->offset = -8;
  return HEADRACE_OK;
}

static headrace_status offsets_decreasing(struct visit* visit) {
  int32_t* offsets = name_offsets(visit);
  int64_t length = visit->batch->array.length;
  offsets[length / 2] = offsets[length] + 1;
  return HEADRACE_OK;
}

static headrace_status offsets_past_data(struct visit* visit) {
  name_offsets(visit)[visit->batch->array.length] = INT32_MAX;
  return HEADRACE_OK;
}

static headrace_status offsets_negative(struct visit* visit) {
  name_offsets(visit)[0] = INT32_MIN;
  return HEADRACE_OK;
}

/* Buffers. */

static headrace_status null_buffer(struct visit* visit) {
  column(visit, ID_COLUMN)->buffers[1] = NULL;
  return HEADRACE_OK;
}

static headrace_status null_offsets(struct visit* visit) {
  column(visit, ANIMAL_COLUMN)->buffers[1] = NULL;
  return HEADRACE_OK;
}

static headrace_status null_buffers(struct visit* visit) {
  column(visit, ID_COLUMN)->buffers = NULL;
  return HEADRACE_OK;
}

static headrace_status bad_buffer(struct visit* visit) {
  column(visit, ID_COLUMN)->buffers[1] = (const void*)(uintptr_t)4096;
  return HEADRACE_OK;
}

static headrace_status misaligned_buffer(struct visit* visit) {
  size_t size = (size_t)visit->batch->array.length * sizeof(int64_t);
  char* copy = malloc(size + 1);
  if (!copy) return HEADRACE_OK;
  memcpy(copy + 1, column(visit, ID_COLUMN)->buffers[1], size);
  column(visit, ID_COLUMN)->buffers[1] = copy + 1;
  animals_of(visit)->extra = copy;
  return HEADRACE_OK;
}

static headrace_status few_buffers(struct visit* visit) {
  column(visit, ANIMAL_COLUMN)->n_buffers = 2;
  return HEADRACE_OK;
}

static headrace_status many_buffers(struct visit* visit) {
  column(visit, ID_COLUMN)->n_buffers = INT64_MAX;
  return HEADRACE_OK;
}

/* Children. */

static headrace_status few_children(struct visit* visit) {
  visit->batch->array.n_children = N_COLUMNS - 1;
  return HEADRACE_OK;
}

static headrace_status many_children(struct visit* visit) {
  animals_of(visit)->children[N_COLUMNS] = column(visit, ID_COLUMN);
  visit->batch->array.n_children = N_COLUMNS + 1;
  return HEADRACE_OK;
}

static headrace_status negative_children(struct visit* visit) {
  visit->batch->array.n_children = -1;
  return HEADRACE_OK;
}

static headrace_status null_child(struct visit* visit) {
  animals_of(visit)->children[ANIMAL_COLUMN] = NULL;
  return HEADRACE_OK;
}

static headrace_status null_children(struct visit* visit) {
  visit->batch->array.children = NULL;
  return HEADRACE_OK;
}

static headrace_status same_child(struct visit* visit) {
  animals_of(visit)->children[WEIGHT_COLUMN] = column(visit, ID_COLUMN);
  return HEADRACE_OK;
}

/* The column is its own child. */
static headrace_status cyclic_array(struct visit* visit) {
  struct animals* animals = animals_of(visit);
  animals->columns[ID_COLUMN].n_children = 1;
  animals->columns[ID_COLUMN].children = &animals->children[ID_COLUMN];
  return HEADRACE_OK;
}

static headrace_status undeclared_dictionary(struct visit* visit) {
  column(visit, ANIMAL_COLUMN)->dictionary = column(visit, WEIGHT_COLUMN);
  return HEADRACE_OK;
}

/* The columns are those of another schema than the one that `open` or `bind` gave. */
static headrace_status changing_schema(struct visit* visit) {
  animals_of(visit)->children[ID_COLUMN] = column(visit, ANIMAL_COLUMN);
  animals_of(visit)->children[ANIMAL_COLUMN] = column(visit, ID_COLUMN);
  return HEADRACE_OK;
}

/* Values. */

static headrace_status invalid_utf8(struct visit* visit) {
  int64_t length = visit->batch->array.length;
  char* characters = (char*)(uintptr_t)column(visit, ANIMAL_COLUMN)->buffers[2];
  memset(characters, 0xFF, (size_t)name_offsets(visit)[length]);
  return HEADRACE_OK;
}

/* The first row has it all. */
static headrace_status huge_string(struct visit* visit) {
  int64_t size = bounded(visit, 256) << 20;
  int64_t length = visit->batch->array.length;
  char* characters = malloc((size_t)size + 1);
  if (!characters || length == 0) {
    free(characters);
    return HEADRACE_OK;
  }
  memset(characters, 'x', (size_t)size);
  uint8_t* validity = (uint8_t*)(uintptr_t)column(visit, ANIMAL_COLUMN)->buffers[0];
  validity[0] |= 1;
  for (int64_t row = 1; row <= length; row++) name_offsets(visit)[row] = (int32_t)size;
  column(visit, ANIMAL_COLUMN)->buffers[2] = characters;
  column(visit, ANIMAL_COLUMN)->null_count = -1; /* not counted: the format allows it */
  animals_of(visit)->extra = characters;
  return HEADRACE_OK;
}

/* Releases. */

static void release_nothing(struct ArrowArray* array) { array->release = NULL; }

static void release_and_stay(struct ArrowArray* array) {
  struct ArrowArray copy = *array;
  release_animals(&copy);
}

static void release_and_crash(struct ArrowArray* array) {
  (void)array;
  abort();
}

static headrace_status null_release(struct visit* visit) {
  visit->batch->array.release = NULL;
  return HEADRACE_OK;
}

static headrace_status released_twice(struct visit* visit) {
  struct ArrowArray copy = visit->batch->array;
  copy.release(&copy);
  return HEADRACE_OK;
}

static headrace_status never_released(struct visit* visit) {
  visit->batch->array.release = release_nothing;
  return HEADRACE_OK;
}

static headrace_status stale_release(struct visit* visit) {
  visit->batch->array.release = release_and_stay;
  return HEADRACE_OK;
}

static headrace_status crashing_release(struct visit* visit) {
  visit->batch->array.release = release_and_crash;
  return HEADRACE_OK;
}

static headrace_status bad_release(struct visit* visit) {
  visit->batch->array.release = (void (*)(struct ArrowArray*))(uintptr_t)16;
  return HEADRACE_OK;
}

/* Schemas. */

static headrace_status garbage_format(struct visit* visit) {
  visit->schema->children[ID_COLUMN]->format = "+ud:\x01\xFF:99999999999999999999,";
  return HEADRACE_OK;
}

static headrace_status null_format(struct visit* visit) {
  visit->schema->children[ID_COLUMN]->format = NULL;
  return HEADRACE_OK;
}

static headrace_status not_a_struct(struct visit* visit) {
  visit->schema->format = "l";
  return HEADRACE_OK;
}

static headrace_status wide_decimal(struct visit* visit) {
  visit->schema->children[ID_COLUMN]->format = "d:2147483647,-2147483648";
  return HEADRACE_OK;
}

static headrace_status negative_width(struct visit* visit) {
  visit->schema->children[ID_COLUMN]->format = "w:-1";
  return HEADRACE_OK;
}

static headrace_status null_name(struct visit* visit) {
  visit->schema->children[ID_COLUMN]->name = NULL;
  return HEADRACE_OK;
}

static headrace_status empty_name(struct visit* visit) {
  visit->schema->children[ID_COLUMN]->name = "";
  return HEADRACE_OK;
}

static headrace_status same_names(struct visit* visit) {
  visit->schema->children[ANIMAL_COLUMN]->name = "id";
  return HEADRACE_OK;
}

static headrace_status invalid_name(struct visit* visit) {
  visit->schema->children[ID_COLUMN]->name = "id\xC3\x28\xFF";
  return HEADRACE_OK;
}

static headrace_status null_field(struct visit* visit) {
  visit->schema->children[ID_COLUMN] = NULL;
  return HEADRACE_OK;
}

static headrace_status negative_fields(struct visit* visit) {
  visit->schema->n_children = -1;
  return HEADRACE_OK;
}

static headrace_status many_fields(struct visit* visit) {
  visit->schema->n_children = INT64_MAX;
  return HEADRACE_OK;
}

/* Eight bytes that promise a key of 2 GiB. */
static headrace_status long_metadata(struct visit* visit) {
  static const int32_t metadata[2] = {1, INT32_MAX};
  visit->schema->children[ID_COLUMN]->metadata = (const char*)metadata;
  return HEADRACE_OK;
}

static headrace_status dictionary_field(struct visit* visit) {
  visit->schema->children[ID_COLUMN]->dictionary = visit->schema->children[ANIMAL_COLUMN];
  return HEADRACE_OK;
}

static headrace_status cyclic_schema(struct visit* visit) {
  struct ArrowSchema* field = visit->schema->children[ID_COLUMN];
  field->format = "+s";
  field->n_children = 1;
  field->children = visit->schema->children;
  return HEADRACE_OK;
}

static headrace_status released_schema(struct visit* visit) {
  visit->schema->release(visit->schema);
  return HEADRACE_OK;
}

static void release_field(struct ArrowSchema* schema) { schema->release = NULL; }

static void release_block(struct ArrowSchema* schema) {
  free(schema->private_data);
  schema->release = NULL;
}

struct field {
  struct ArrowSchema* pointer;
  struct ArrowSchema schema;
  char name[24];
};

/* Puts a schema of `n` fields, all in one block and not connected, in the place of the one that is there. */
static struct field* replace_schema(struct visit* visit, int64_t n, const char* format) {
  struct field* fields = calloc((size_t)n + 1, sizeof *fields);
  if (!fields) return NULL;
  for (int64_t index = 0; index < n; index++) {
    snprintf(fields[index].name, sizeof fields[index].name, "c%lld", (long long)index);
    fields[index].pointer = &fields[index].schema;
    fields[index].schema.format = format;
    fields[index].schema.name = fields[index].name;
    fields[index].schema.release = release_field;
  }
  visit->schema->release(visit->schema);
  memset(visit->schema, 0, sizeof *visit->schema);
  visit->schema->format = "+s";
  visit->schema->name = "";
  visit->schema->private_data = fields;
  visit->schema->release = release_block;
  return fields;
}

/* The pointers to the fields have to stand beside each other: they go to the end of another block. */
static void release_wide(struct ArrowSchema* schema) {
  free(schema->children);
  release_block(schema);
}

static headrace_status wide_schema(struct visit* visit) {
  int64_t n = bounded(visit, 100000);
  struct ArrowSchema** pointers = calloc((size_t)n + 1, sizeof *pointers);
  struct field* fields = pointers ? replace_schema(visit, n, "l") : NULL;
  if (!fields) {
    free(pointers);
    return HEADRACE_OK;
  }
  for (int64_t index = 0; index < n; index++) pointers[index] = fields[index].pointer;
  visit->schema->n_children = n;
  visit->schema->children = pointers;
  visit->schema->release = release_wide;
  return HEADRACE_OK;
}

/* Each field in the one before it. */
static headrace_status deep_schema(struct visit* visit) {
  int64_t n = bounded(visit, 100000);
  struct field* fields = n > 0 ? replace_schema(visit, n, "+s") : NULL;
  if (!fields) return HEADRACE_OK;
  for (int64_t index = 0; index + 1 < n; index++) {
    fields[index].schema.n_children = 1;
    fields[index].schema.children = &fields[index + 1].pointer;
  }
  visit->schema->n_children = 1;
  visit->schema->children = &fields[0].pointer;
  return HEADRACE_OK;
}

static void release_long_name(struct ArrowSchema* schema) {
  struct field* fields = schema->private_data;
  free(fields[0].schema.private_data);
  release_block(schema);
}

static headrace_status long_name(struct visit* visit) {
  size_t size = (size_t)bounded(visit, 16) << 20;
  char* name = malloc(size + 1);
  if (!name) return HEADRACE_OK;
  struct field* fields = replace_schema(visit, 1, "l");
  if (!fields) {
    free(name);
    return HEADRACE_OK;
  }
  memset(name, 'n', size);
  name[size] = 0;
  fields[0].schema.name = name;
  fields[0].schema.private_data = name;
  visit->schema->n_children = 1;
  visit->schema->children = &fields[0].pointer;
  visit->schema->release = release_long_name;
  return HEADRACE_OK;
}

static const char one[] = "one batch", schema_once[] = "one schema";

const struct misbehaviour arrow_lies[] = {
    {"negative_length", "an array has -4 rows", one, WITH_BATCH, NULL, negative_length},
    {"length_past_buffers", "1,000 times the rows that the buffers have", one, WITH_BATCH, NULL, length_past_buffers},
    {"length_2_31", "2^31 rows declared, and buffers for few", one, WITH_BATCH, NULL, length_2_31},
    {"length_2_62", "2^62 rows declared: sizes overflow", one, WITH_BATCH, NULL, length_2_62},
    {"short_column", "one column has a row less than the others", one, WITH_BATCH, NULL, short_column},
    {"null_count_wrong", "no nulls counted, and some in the bits", one, WITH_BATCH, NULL, null_count_wrong},
    {"null_count_negative", "-7 nulls", one, WITH_BATCH, NULL, null_count_negative},
    {"null_count_huge", "more nulls than rows", one, WITH_BATCH, NULL, null_count_huge},
    {"nulls_without_validity", "a null counted, and no bits", one, WITH_BATCH, NULL, nulls_without_validity},
    {"null_in_required", "nulls in a column that has none by its schema", one, WITH_BATCH, NULL, null_in_required},
    {"null_rows", "rows that are null as a whole", one, WITH_BATCH, NULL, null_rows},
    {"offset_out_of_range", "a column's offset is nearly INT64_MAX", one, WITH_BATCH, NULL, offset_out_of_range},
    {"offset_past_buffers", "the rows' offset is past their buffers", one, WITH_BATCH, NULL, offset_past_buffers},
    {"offset_negative", "a column's offset is -8", one, WITH_BATCH, NULL, offset_negative},
    {"offsets_decreasing", "offsets of text go back", one, WITH_BATCH, NULL, offsets_decreasing},
    {"offsets_past_data", "the last offset of text is past the characters", one, WITH_BATCH, NULL, offsets_past_data},
    {"offsets_negative", "the first offset of text is INT32_MIN", one, WITH_BATCH, NULL, offsets_negative},
    {"null_buffer", "no values where there are rows", one, WITH_BATCH, NULL, null_buffer},
    {"null_offsets", "no offsets where there is text", one, WITH_BATCH, NULL, null_offsets},
    {"null_buffers", "no list of buffers at all", one, WITH_BATCH, NULL, null_buffers},
    {"bad_buffer", "values at an address that is not mapped", one, WITH_BATCH, NULL, bad_buffer},
    {"misaligned_buffer", "64-bit values at an odd address", one, WITH_BATCH, NULL, misaligned_buffer},
    {"few_buffers", "text with two buffers", one, WITH_BATCH, NULL, few_buffers},
    {"many_buffers", "a column with INT64_MAX buffers", one, WITH_BATCH, NULL, many_buffers},
    {"few_children", "a column less than the schema has", one, WITH_BATCH, NULL, few_children},
    {"many_children", "a column more than the schema has", one, WITH_BATCH, NULL, many_children},
    {"negative_children", "-1 columns", one, WITH_BATCH, NULL, negative_children},
    {"null_child", "a column that is NULL", one, WITH_BATCH, NULL, null_child},
    {"null_children", "no list of columns at all", one, WITH_BATCH, NULL, null_children},
    {"same_child", "the same array as two columns", one, WITH_BATCH, NULL, same_child},
    {"cyclic_array", "a column that is its own child", one, WITH_BATCH, NULL, cyclic_array},
    {"undeclared_dictionary", "a dictionary where the schema has none", one, WITH_BATCH, NULL, undeclared_dictionary},
    {"changing_schema", "columns in another order than the schema's", one, WITH_BATCH, NULL, changing_schema},
    {"invalid_utf8", "text that is not UTF-8", one, WITH_BATCH, NULL, invalid_utf8},
    {"huge_string", "one value of 256 MiB, in good order", "`amount` MiB of 256", WITH_BATCH, NULL, huge_string},
    {"null_release", "rows whose release is NULL", "one batch leaks", WITH_BATCH, NULL, null_release},
    {"released_twice", "rows that it has released before", one, WITH_BATCH, NULL, released_twice},
    {"never_released", "a release that frees nothing", "one batch leaks", WITH_BATCH, NULL, never_released},
    {"stale_release", "a release that does not set itself to NULL", one, WITH_BATCH, NULL, stale_release},
    {"crashing_release", "a release that aborts", one, WITH_BATCH, NULL, crashing_release},
    {"bad_release", "a release at address 16", one, WITH_BATCH, NULL, bad_release},
    {"garbage_format", "a field's format is garbage", schema_once, WITH_SCHEMA, NULL, garbage_format},
    {"null_format", "a field's format is NULL", schema_once, WITH_SCHEMA, NULL, null_format},
    {"not_a_struct", "the schema is an integer with children", schema_once, WITH_SCHEMA, NULL, not_a_struct},
    {"wide_decimal", "a decimal of 2,147,483,647 digits", schema_once, WITH_SCHEMA, NULL, wide_decimal},
    {"negative_width", "values of -1 bytes", schema_once, WITH_SCHEMA, NULL, negative_width},
    {"null_name", "a field's name is NULL", schema_once, WITH_SCHEMA, NULL, null_name},
    {"empty_name", "a field's name is empty", schema_once, WITH_SCHEMA, NULL, empty_name},
    {"same_names", "two fields of one name", schema_once, WITH_SCHEMA, NULL, same_names},
    {"invalid_name", "a field's name is not UTF-8", schema_once, WITH_SCHEMA, NULL, invalid_name},
    {"long_name", "a field's name of 16 MiB", "`amount` MiB of 16", WITH_SCHEMA, NULL, long_name},
    {"null_field", "a field that is NULL", schema_once, WITH_SCHEMA, NULL, null_field},
    {"negative_fields", "-1 fields", schema_once, WITH_SCHEMA, NULL, negative_fields},
    {"many_fields", "INT64_MAX fields, and a list of three", schema_once, WITH_SCHEMA, NULL, many_fields},
    {"long_metadata", "8 bytes of metadata that promise 2 GiB", schema_once, WITH_SCHEMA, NULL, long_metadata},
    {"dictionary_field", "a field with a dictionary", schema_once, WITH_SCHEMA, NULL, dictionary_field},
    {"cyclic_schema", "a field that is its own child", schema_once, WITH_SCHEMA, NULL, cyclic_schema},
    {"wide_schema", "100,000 columns", "`amount` of 100,000", WITH_SCHEMA, NULL, wide_schema},
    {"deep_schema", "100,000 fields, each in the one before", "`amount` of 100,000", WITH_SCHEMA, NULL, deep_schema},
    {"released_schema", "a schema that it has released before", schema_once, WITH_SCHEMA, NULL, released_schema},
    {0}};
