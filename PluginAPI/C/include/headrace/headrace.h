#ifndef HEADRACE_H
#define HEADRACE_H
#include <arrow_c_data.h>
#endif
