#include "base.h"
#include <stdio.h>
__attribute__((constructor)) static void load(void) {
  fprintf(stderr, "the constructor is unhappy\n");
  abort();
}
