#include <headrace/headrace.h>
