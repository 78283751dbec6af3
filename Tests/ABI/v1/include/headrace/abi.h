/* Headrace plugin ABI: versions, basic types, and the words that the other headers use.
 *
 * GROWTH
 *   Every structure that crosses the boundary begins with `struct_size`, set by whoever fills the structure to the
 *   size that it was compiled with. A reader looks at no byte beyond the smaller of that size and its own. Structures
 *   grow at the end only; nothing is reordered, and the slot of something removed stays NULL for ever. Arrays hold
 *   pointers to structures, never structures, so that an element can grow. Arrow's two structures are Arrow's own.
 *
 * THREADS
 *   Every function carries a tag in square brackets:
 *     [any thread]       at any time, from any thread, concurrently with every other call.
 *     [control thread]   never concurrently with another call into the same library tagged [control thread].
 *     [instance thread]  calls to one instance come one after another, with a happens-before edge between them, but
 *                        from changing threads; only HEADRACE_INSTANCE_THREAD_BOUND asks for the same one every time.
 *   A state after an ampersand must hold as well: [instance thread & bound].
 *
 * OWNERSHIP
 *   Arguments are borrowed for the duration of the call unless an OWNERSHIP line says otherwise. Whoever allocated
 *   releases, through a release callback. What a function returns stays valid as its comment says.
 */
#ifndef HEADRACE_ABI_H
#define HEADRACE_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the ABI that these headers describe. */
#define HEADRACE_ABI_VERSION 1

/* Exports a function from a library that otherwise hides its symbols. */
#if defined(_WIN32)
#define HEADRACE_EXPORT __declspec(dllexport)
#else
#define HEADRACE_EXPORT __attribute__((visibility("default")))
#endif

/* UTF-8 text. Not terminated; `data` may be NULL only if `length` is 0. */
typedef struct headrace_string {
  const char* data;
  uint64_t length;
} headrace_string;

/* Bytes. `data` may be NULL only if `length` is 0. */
typedef struct headrace_bytes {
  const uint8_t* data;
  uint64_t length;
} headrace_bytes;

typedef struct headrace_key_value {
  headrace_string key;
  headrace_string value;
} headrace_key_value; /* two strings for ever: the one structure without a size, so that arrays of it are plain */

/* Bytes that the filler allocated.
 * OWNERSHIP: the receiver calls `release` once, if it is not NULL [any thread]. */
typedef struct headrace_buffer {
  uint32_t struct_size;
  uint32_t reserved;
  headrace_bytes bytes;
  void* private_data;
  void (*release)(struct headrace_buffer* buffer);
} headrace_buffer;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_ABI_H */
