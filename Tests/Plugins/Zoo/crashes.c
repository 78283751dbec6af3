/* Ways to end the process. What the compiler could see through is behind `volatile`, so that it is done as written. */
#define _GNU_SOURCE
/* `assert_false` has to fail in a release build as well. */
#undef NDEBUG
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "zoo.h"

static headrace_status null_dereference(struct visit* visit) {
  (void)visit;
  int* volatile nowhere = NULL;
  *(volatile int*)nowhere = 1;
  return HEADRACE_OK;
}

/* No page can be there: the address is none that the processor knows. */
static headrace_status wild_write(struct visit* visit) {
  (void)visit;
  volatile uintptr_t address = 0x4141414141414141u;
  *(volatile char*)address = 1;
  return HEADRACE_OK;
}

static headrace_status read_only_write(struct visit* visit) {
  char* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return fail_with_code(visit, errno);
  *(volatile char*)page = 1;
  munmap(page, 4096);
  return HEADRACE_OK;
}

static headrace_status bad_jump(struct visit* visit) {
  (void)visit;
  volatile uintptr_t address = 16;
  ((void (*)(void))address)();
  return HEADRACE_OK;
}

/* The bytes would return if the page could be executed. */
static headrace_status jump_to_data(struct visit* visit) {
  (void)visit;
  static unsigned char data[16] = {0xC3};
  volatile uintptr_t address = (uintptr_t)data;
  ((void (*)(void))address)();
  return HEADRACE_OK;
}

enum { FRAME = 16384, MOST_FRAMES = 32768 };

/* Each frame is used after the call below it, and the call goes through a pointer: no compiler makes a loop of it. */
static int use_stack(volatile char* above, int depth);
static int (*volatile next_frame)(volatile char* above, int depth) = use_stack;

static int use_stack(volatile char* above, int depth) {
  volatile char frame[FRAME];
  for (int at = 0; at < FRAME; at += 1024) frame[at] = above[0];
  int below = depth < MOST_FRAMES ? next_frame(frame, depth + 1) : 0;
  return below + frame[0] + above[0];
}

static headrace_status stack_overflow(struct visit* visit) {
  (void)visit;
  volatile char start = 1;
  return use_stack(&start, 0) ? HEADRACE_OK : HEADRACE_FATAL;
}

static headrace_status double_free(struct visit* visit) {
  (void)visit;
  void* volatile memory = malloc(64);
  free(memory);
  free(memory);
  return HEADRACE_OK;
}

/* Past the end of one block lies the head of the other, which `free` looks at. */
static headrace_status heap_overrun(struct visit* visit) {
  (void)visit;
  enum { BLOCK = 4000, PAST = 256 };
  char* volatile first = malloc(BLOCK);
  char* volatile second = malloc(BLOCK);
  if (first)
    for (size_t index = 0; index < BLOCK + PAST; index++) ((volatile char*)first)[index] = 'A';
  free(first);
  free(second);
  return HEADRACE_OK;
}

/* So large that `free` gives it back to the system: the write cannot hit what another has. */
static headrace_status use_after_free(struct visit* visit) {
  (void)visit;
  char* volatile memory = malloc((size_t)64 << 20);
  free(memory);
  if (memory) *(volatile char*)memory = 1;
  return HEADRACE_OK;
}

/* A file that is shorter than its mapping. */
static headrace_status bus_error(struct visit* visit) {
  int file = memfd_create("zoo", MFD_CLOEXEC);
  if (file < 0) return fail_with_code(visit, errno);
  char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (page == MAP_FAILED) return fail_with_code(visit, errno);
  *(volatile char*)page = 1;
  munmap(page, 4096);
  return HEADRACE_OK;
}

static headrace_status call_abort(struct visit* visit) {
  (void)visit;
  abort();
}

static headrace_status assert_false(struct visit* visit) {
  assert(visit == NULL);
  return HEADRACE_OK;
}

static headrace_status exit_0(struct visit* visit) {
  (void)visit;
  exit(0);
}

static headrace_status exit_at_once(struct visit* visit) {
  (void)visit;
  _exit(3);
}

static headrace_status raise_kill(struct visit* visit) {
  (void)visit;
  kill(getpid(), SIGKILL);
  return HEADRACE_OK;
}

static headrace_status raise_terminate(struct visit* visit) {
  (void)visit;
  kill(getpid(), SIGTERM);
  return HEADRACE_OK;
}

/* Not every processor traps. */
static headrace_status division_trap(struct visit* visit) {
  (void)visit;
  volatile int zero = 0;
  volatile int quotient = 1;
#if defined(__x86_64__)
  quotient = quotient / zero;
#else
  quotient = zero;
  raise(SIGFPE);
#endif
  return quotient ? HEADRACE_OK : HEADRACE_FATAL;
}

static headrace_status illegal_instruction(struct visit* visit) {
  (void)visit;
#if defined(__x86_64__)
  __asm__ volatile("ud2");
#elif defined(__aarch64__)
  __asm__ volatile("udf #0");
#else
  raise(SIGILL);
#endif
  return HEADRACE_OK;
}

static headrace_status broken_pipe(struct visit* visit) {
  int ends[2];
  if (pipe(ends) != 0) return fail_with_code(visit, errno);
  close(ends[0]);
  int code = write(ends[1], "x", 1) < 0 ? errno : 0;
  close(ends[1]);
  return code == EPIPE ? HEADRACE_OK : fail_with_code(visit, code);
}

static void* crash_soon(void* context) {
  (void)context;
  sleep_ns(100000000);
  null_dereference(NULL);
  return NULL;
}

static headrace_status crash_in_thread(struct visit* visit) {
  pthread_t thread;
  int code = pthread_create(&thread, NULL, crash_soon, NULL);
  if (code) return fail_with_code(visit, code);
  pthread_detach(thread);
  return HEADRACE_OK;
}

static headrace_status end_thread(struct visit* visit) {
  (void)visit;
  pthread_exit(NULL);
}

static headrace_status become_another(struct visit* visit) {
  char name[] = "true";
  char* arguments[] = {name, NULL};
  char* environment[] = {NULL};
  execve("/bin/true", arguments, environment);
  return fail_with_code(visit, errno);
}

static const char once[] = "at the first try";

const struct misbehaviour crashes[] = {
    {"null_dereference", "writes through a NULL pointer", once, ANYWHERE, null_dereference, NULL},
    {"wild_write", "writes to an address that cannot be", once, ANYWHERE, wild_write, NULL},
    {"read_only_write", "writes to a read-only page of its own", once, ANYWHERE, read_only_write, NULL},
    {"bad_jump", "calls a function at address 16", once, ANYWHERE, bad_jump, NULL},
    {"jump_to_data", "calls bytes that are data", once, ANYWHERE, jump_to_data, NULL},
    {"stack_overflow", "calls itself until the stack is full", "512 MiB of stack", ANYWHERE, stack_overflow, NULL},
    {"double_free", "frees a block twice", once, ANYWHERE, double_free, NULL},
    {"heap_overrun", "writes past a block of the heap, and frees the next", "256 bytes", ANYWHERE, heap_overrun, NULL},
    {"use_after_free", "writes to a block that it freed", once, ANYWHERE, use_after_free, NULL},
    {"bus_error", "touches a mapping past the end of its file", once, ANYWHERE, bus_error, NULL},
    {"abort", "calls abort()", once, ANYWHERE, call_abort, NULL},
    {"assert", "fails an assertion", once, ANYWHERE, assert_false, NULL},
    {"exit_0", "calls exit(0), as if all were well", once, ANYWHERE, exit_0, NULL},
    {"exit_3", "calls _exit(3): no handler runs", once, ANYWHERE, exit_at_once, NULL},
    {"raise_sigkill", "sends its process SIGKILL", once, ANYWHERE, raise_kill, NULL},
    {"raise_sigterm", "sends its process SIGTERM", once, ANYWHERE, raise_terminate, NULL},
    {"division_trap", "divides by zero: SIGFPE", once, ANYWHERE, division_trap, NULL},
    {"illegal_instruction", "runs an instruction that is none: SIGILL", once, ANYWHERE, illegal_instruction, NULL},
    {"broken_pipe", "writes to a pipe without a reader: SIGPIPE, unless ignored", once, ANYWHERE, broken_pipe, NULL},
    {"crash_in_thread", "writes through NULL in a thread of its own 100 ms later", once, ANYWHERE, crash_in_thread,
     NULL},
    {"end_thread", "calls pthread_exit() on the host's thread", once, ANYWHERE, end_thread, NULL},
    {"become_another", "replaces the process by /bin/true", once, ANYWHERE, become_another, NULL},
    {0}};
