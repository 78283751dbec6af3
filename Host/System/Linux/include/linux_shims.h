/* Linux calls and macros that Swift cannot import: variadics, function-like macros, calls without a wrapper. */
#pragma once

#include <spawn.h>
#include <stddef.h>
#include <stdint.h>

/* renameat2 with RENAME_NOREPLACE. 0, or -1 with errno. */
int headrace_rename_noreplace(const char* from, const char* to);

/* open with O_CLOEXEC. A descriptor, or -1 with errno. */
int headrace_open(const char* path, int flags, unsigned mode);

/* pipe2 with O_CLOEXEC. 0, or -1 with errno. */
int headrace_pipe(int ends[2]);

/* A file in memory with these bytes, to be read from its beginning; O_CLOEXEC. A descriptor, or -1 with errno. */
int headrace_memory_file(const void* bytes, size_t count);

/* The child closes every descriptor from `first` on. 0, or an error number. */
int headrace_spawn_close_from(posix_spawn_file_actions_t* actions, int first);

/* Names the calling thread; the kernel keeps 15 bytes. */
void headrace_name_thread(const char* name);

/* The exit code of a wait status, or -1 if a signal ended the process. */
int headrace_wait_exit_code(int status);

/* The signal of a wait status, or 0 if the process exited by itself. */
int headrace_wait_signal(int status);

/* Nanoseconds of CLOCK_MONOTONIC; microseconds since 1970 of CLOCK_REALTIME. */
int64_t headrace_monotonic_ns(void);
int64_t headrace_realtime_us(void);

/* Whether the processor has a counter that the kernel itself keeps time by: steady, and the same on every core. */
int headrace_has_counter(void);

/* That counter, which costs a third of a clock_gettime; 0 where there is none. */
static inline uint64_t headrace_counter(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t count;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
  return count;
#else
  return 0;
#endif
}

/* Blocks of at least `from` bytes go back to the system when they are freed, and all but `kept` bytes of what is free
 * at the end of a heap. 1, or 0 if that is not possible. */
int headrace_return_blocks(int from, int kept);

/* All threads take their memory from one heap from now on, so that what is in use can be counted. */
void headrace_use_one_heap(void);

/* Bytes of that heap, and of blocks that have a mapping of their own, that are in use. */
size_t headrace_heap_in_use(void);

/* Which exceptions of floating point trap on this thread, as the bits of fenv.h, and how it rounds. */
int headrace_trapping_arithmetic(void);
int headrace_rounding(void);
void headrace_set_arithmetic(int rounding, int trapping);

/* An address that holds for the rest of the process, found by its name: dlsym as data. NULL if there is none. */
void* headrace_dlsym(void* handle, const char* name);

/* dlopen with RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE, a C++ or Swift library's safe way; NULL on failure. */
void* headrace_dlopen(const char* path);

/* What dlerror said last on this thread, or "unknown error". */
const char* headrace_dlerror(void);

/* A file in memory of a fixed size, shared with another process: neither side can shrink it under the other. Of `ends`
 * the first can be mapped for writing, the second only for reading; O_CLOEXEC. 0, or -1 with errno. */
int headrace_shared_segment(size_t bytes, int ends[2]);

/* No seal can be added to a segment any more. Unless it `may_be_written`, nobody can map it for writing either, or
 * write to it, whatever descriptor of it they open: what is mapped for writing by now stays so. The descriptor is one
 * for writing. 0, or -1 with errno. */
int headrace_seal_segment(int descriptor, int may_be_written);

/* Two connected stream sockets, O_CLOEXEC. 0, or -1 with errno. */
int headrace_socket_pair(int ends[2]);

/* The same file under a number of at least `least`, O_CLOEXEC; the old number is closed. -1 with errno. */
int headrace_move_descriptor(int descriptor, int least);

/* Makes reads and writes fail with EAGAIN where they would wait. 0, or -1 with errno. */
int headrace_set_nonblocking(int descriptor);

/* The calling process is killed when the thread that started it ends. 0, or -1 if `parent` is gone already. */
int headrace_die_with_parent(int parent);

/* A descriptor that can be read once the process has ended; O_CLOEXEC. -1 with errno. */
int headrace_watch_process(int process);

/* Kills the process of such a descriptor, and never another that has got its number since. 0, or -1 with errno. */
int headrace_kill_watched(int watch);

/* The environment as NAME=VALUE, up to a NULL: Swift takes the variable for a race. */
char** headrace_environment(void);
