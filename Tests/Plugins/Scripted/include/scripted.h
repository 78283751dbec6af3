/* What the tests may ask the scripted plugin beside the plugin ABI. Found by name in the loaded library. */
#ifndef HEADRACE_SCRIPTED_H
#define HEADRACE_SCRIPTED_H

#include <stdint.h>

/* How often something was made or released by this copy of the library: `errors`, `errors_released`; -1 for a name that
 * is not counted. */
__attribute__((visibility("default"))) int64_t headrace_scripted_count(const char* what);

/* Lets every step `hang` go on, now and from now on. */
__attribute__((visibility("default"))) void headrace_scripted_resume(void);

#endif /* HEADRACE_SCRIPTED_H */
