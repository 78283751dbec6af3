/* The rows. Every buffer is a piece of memory of its own and of exactly its size, so that whoever reads past one is
 * seen by a sanitizer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zoo.h"

/* Schema. */

static void release_field(struct ArrowSchema* schema) { schema->release = NULL; }

static void release_schema(struct ArrowSchema* schema) {
  free(schema->private_data);
  schema->release = NULL;
}

/* Leaves a released schema if there is no memory. */
void make_schema(struct ArrowSchema* out) {
  static const char* const formats[N_COLUMNS] = {"l", "u", "g"};
  static const char* const names[N_COLUMNS] = {"id", "animal", "weight"};
  struct memory {
    struct ArrowSchema* children[N_COLUMNS];
    struct ArrowSchema columns[N_COLUMNS];
  }* memory = calloc(1, sizeof *memory);
  memset(out, 0, sizeof *out);
  if (!memory) return;
  for (int column = 0; column < N_COLUMNS; column++) {
    memory->children[column] = &memory->columns[column];
    memory->columns[column].format = formats[column];
    memory->columns[column].name = names[column];
    memory->columns[column].flags = column == ANIMAL_COLUMN ? ARROW_FLAG_NULLABLE : 0;
    memory->columns[column].release = release_field;
  }
  out->format = "+s";
  out->name = "";
  out->n_children = N_COLUMNS;
  out->children = memory->children;
  out->private_data = memory;
  out->release = release_schema;
}

/* Memory. */

static void* allocate(headrace_instance* instance, struct animals* animals, size_t slot, size_t bytes) {
  size_t size = bytes ? bytes : 1;
  void* memory = animals->host_free ? instance->allocator->allocate(instance->host, size) : malloc(size);
  animals->owned[slot] = memory;
  return memory;
}

void retain_animals(struct animals* animals) { atomic_fetch_add(&animals->users, 1); }

void drop_animals(struct animals* animals) {
  if (atomic_fetch_sub(&animals->users, 1) != 1) return;
  for (size_t slot = 0; slot < sizeof animals->owned / sizeof *animals->owned; slot++) {
    if (!animals->owned[slot]) continue;
    if (animals->host_free) animals->host_free(NULL, animals->owned[slot]);
    if (!animals->host_free) free(animals->owned[slot]);
  }
  free(animals->extra);
  free(animals);
}

/* A column can be moved out and outlive the rows: each array counts as a user of the block. */
static void release_column(struct ArrowArray* array) {
  array->release = NULL;
  drop_animals(array->private_data);
}

void release_animals(struct ArrowArray* array) {
  struct animals* animals = array->private_data;
  array->release = NULL;
  for (int column = 0; column < N_COLUMNS; column++)
    if (animals->columns[column].release) animals->columns[column].release(&animals->columns[column]);
  drop_animals(animals);
}

/* Values. */

static const char* const kinds[] = {"adder", "bison", "civet", "dingo", "eland", "fossa", "gibbon", "hyena"};
enum { MOST_TEXT = 32 };

static bool has_animal(int64_t id) { return (uint64_t)id % 7 != 3; }

static int write_animal(int64_t id, char* out) {
  return snprintf(out, MOST_TEXT, "%s-%" PRId64, kinds[(uint64_t)id % 8], id);
}

static bool fill_ids(headrace_instance* instance, struct animals* animals, const int64_t* ids, size_t n) {
  int64_t* values = allocate(instance, animals, 0, n * sizeof *values);
  double* weights = allocate(instance, animals, 1, n * sizeof *weights);
  if (!values || !weights) return false;
  for (size_t row = 0; row < n; row++) {
    values[row] = ids[row];
    weights[row] = (double)(ids[row] % 1000) / 4;
  }
  animals->buffers[ID_COLUMN][1] = values;
  animals->buffers[WEIGHT_COLUMN][1] = weights;
  return true;
}

static bool fill_names(headrace_instance* instance, struct animals* animals, const int64_t* ids, size_t n) {
  char text[MOST_TEXT];
  size_t size = 0;
  for (size_t row = 0; row < n; row++)
    if (has_animal(ids[row])) size += (size_t)write_animal(ids[row], text);
  uint8_t* validity = allocate(instance, animals, 2, (n + 7) / 8);
  int32_t* offsets = allocate(instance, animals, 3, (n + 1) * sizeof *offsets);
  char* characters = allocate(instance, animals, 4, size);
  if (!validity || !offsets || !characters) return false;
  memset(validity, 0, (n + 7) / 8);
  offsets[0] = 0;
  for (size_t row = 0; row < n; row++) {
    int length = has_animal(ids[row]) ? write_animal(ids[row], text) : 0;
    memcpy(characters + offsets[row], text, (size_t)length);
    offsets[row + 1] = offsets[row] + length;
    if (has_animal(ids[row])) validity[row / 8] |= (uint8_t)(1u << (row % 8));
    if (!has_animal(ids[row])) animals->columns[ANIMAL_COLUMN].null_count += 1;
  }
  animals->buffers[ANIMAL_COLUMN][0] = validity;
  animals->buffers[ANIMAL_COLUMN][1] = offsets;
  animals->buffers[ANIMAL_COLUMN][2] = characters;
  return true;
}

bool make_animals(headrace_instance* instance, const int64_t* ids, int64_t n, struct ArrowArray* out) {
  struct animals* animals = calloc(1, sizeof *animals);
  if (!animals) return false;
  atomic_init(&animals->users, 1);
  if (instance->allocator) animals->host_free = instance->allocator->free;
  if (!fill_ids(instance, animals, ids, (size_t)n) || !fill_names(instance, animals, ids, (size_t)n)) {
    drop_animals(animals);
    return false;
  }
  for (int column = 0; column < N_COLUMNS; column++) {
    struct ArrowArray* array = &animals->columns[column];
    array->length = n;
    array->n_buffers = column == ANIMAL_COLUMN ? 3 : 2;
    array->buffers = animals->buffers[column];
    array->release = release_column;
    array->private_data = animals;
    animals->children[column] = array;
    retain_animals(animals);
  }
  memset(out, 0, sizeof *out);
  out->length = n;
  out->n_buffers = 1;
  out->buffers = animals->row_buffers;
  out->n_children = N_COLUMNS;
  out->children = animals->children;
  out->release = release_animals;
  out->private_data = animals;
  return true;
}
