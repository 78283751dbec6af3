#define _GNU_SOURCE
#include "linux_shims.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int headrace_rename_noreplace(const char* from, const char* to) {
  return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

int headrace_open(const char* path, int flags, unsigned mode) {
  return open(path, flags | O_CLOEXEC, mode);
}

int headrace_pipe(int ends[2]) {
  return pipe2(ends, O_CLOEXEC);
}

int headrace_memory_file(const void* bytes, size_t count) {
  int file = memfd_create("input", MFD_CLOEXEC);
  if (file < 0) return -1;
  for (size_t written = 0; written < count;) {
    ssize_t length = write(file, (const char*)bytes + written, count - written);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) {
      int code = errno;
      close(file);
      errno = code;
      return -1;
    }
    written += (size_t)length;
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

int headrace_spawn_close_from(posix_spawn_file_actions_t* actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

void headrace_name_thread(const char* name) {
  char kept[16];
  snprintf(kept, sizeof kept, "%s", name);
  pthread_setname_np(pthread_self(), kept);
}

int headrace_wait_exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int headrace_wait_signal(int status) {
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int64_t headrace_monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t headrace_realtime_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int headrace_has_counter(void) {
#if defined(__x86_64__)
  char name[8] = {0};
  int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, name, sizeof name - 1);
  close(file);
  return length >= 3 && strncmp(name, "tsc", 3) == 0 && (name[3] == '\n' || name[3] == 0);
#elif defined(__aarch64__)
  return 1;
#else
  return 0;
#endif
}

int headrace_return_blocks(int from, int kept) {
#if defined(__GLIBC__)
  return mallopt(M_MMAP_THRESHOLD, from) && mallopt(M_TRIM_THRESHOLD, kept);
#else
  (void)from;
  (void)kept;
  return 0;
#endif
}

void headrace_use_one_heap(void) { mallopt(M_ARENA_MAX, 1); }

size_t headrace_heap_in_use(void) {
  struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

int headrace_trapping_arithmetic(void) { return fegetexcept(); }
int headrace_rounding(void) { return fegetround(); }

void headrace_set_arithmetic(int rounding, int trapping) {
  fesetround(rounding);
  fedisableexcept(FE_ALL_EXCEPT);
  feenableexcept(trapping);
}

void* headrace_dlsym(void* handle, const char* name) {
  return dlsym(handle, name);
}

void* headrace_dlopen(const char* path) {
  return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

const char* headrace_dlerror(void) {
  const char* text = dlerror();
  return text ? text : "unknown error";
}

int headrace_shared_segment(size_t bytes, int ends[2]) {
  int writable = memfd_create("segment", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (writable < 0) return -1;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", writable);
  int readable = -1;
  int seals = F_SEAL_SHRINK | F_SEAL_GROW;
  int made = ftruncate(writable, (off_t)bytes) == 0 && fcntl(writable, F_ADD_SEALS, seals) == 0;
  if (made) readable = open(path, O_RDONLY | O_CLOEXEC);
  if (readable < 0) {
    int code = errno;
    close(writable);
    errno = code;
    return -1;
  }
  ends[0] = writable;
  ends[1] = readable;
  return 0;
}

int headrace_seal_segment(int descriptor, int may_be_written) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | (may_be_written ? 0 : F_SEAL_FUTURE_WRITE));
}

int headrace_socket_pair(int ends[2]) {
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

int headrace_move_descriptor(int descriptor, int least) {
  int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, least);
  if (moved >= 0) close(descriptor);
  return moved;
}

int headrace_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

int headrace_die_with_parent(int parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
  /* The parent may have ended before the kernel was told. */
  return getppid() == (pid_t)parent ? 0 : -1;
}

char** headrace_environment(void) {
  return environ;
}

int headrace_watch_process(int process) {
  return (int)syscall(SYS_pidfd_open, process, 0);
}

int headrace_kill_watched(int watch) {
  return (int)syscall(SYS_pidfd_send_signal, watch, SIGKILL, NULL, 0);
}
