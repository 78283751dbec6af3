/* The structures cross process images that were compiled apart: their layout is part of the contract. */
#include "arrow_c_data.h"

#include <stddef.h>

_Static_assert(sizeof(void*) == 8, "Headrace supports 64-bit platforms");
_Static_assert(sizeof(struct ArrowSchema) == 72, "ArrowSchema");
_Static_assert(offsetof(struct ArrowSchema, release) == 56, "ArrowSchema.release");
_Static_assert(sizeof(struct ArrowArray) == 80, "ArrowArray");
_Static_assert(offsetof(struct ArrowArray, release) == 64, "ArrowArray.release");
