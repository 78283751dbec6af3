/* The Arrow C Data Interface, written from its public specification
 * (https://arrow.apache.org/docs/format/CDataInterface.html). The include guard is the one that the specification
 * prescribes, so that this header and Arrow's own can be included together.
 */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

/* The type, name and metadata of a column or, as a struct type, of a batch. */
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;

  /* Frees what the structure owns and sets itself to NULL. A structure whose release is NULL is empty. */
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

/* The values of a column or, as a struct array, of a batch. */
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;

  /* Frees what the structure owns and sets itself to NULL. A structure whose release is NULL is empty. */
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#ifdef __cplusplus
}
#endif

#endif /* ARROW_C_DATA_INTERFACE */
