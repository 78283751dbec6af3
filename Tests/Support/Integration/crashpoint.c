// Loaded before the C library of the program under test: counts the operations that make its files durable or visible,
// and kills the process at one of them, as a power cut or the kernel's memory killer would.
//
// CRASHPOINT="12:before" or "12:after" kills around operation 12 (they count from 1); "0:before" only counts.
// CRASHPOINT_LOG=FILE gets the number of operations and their names when the process ends by itself.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long counted;
static long target;
static int kills_after;
static int is_active;
static int log_file = -1;

// Programs that look into a plugin have the same environment; of headrace only `run`, `state` and `plugin` count.
static int is_counted(void) {
  char line[4096];
  int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? 0 : read(file, line, sizeof line - 1);
  if (file >= 0) close(file);
  if (length <= 0) return 0;
  line[length] = 0;
  const char *second = line + strlen(line) + 1;
  if (second >= line + length) return 0;
  return strcmp(second, "run") == 0 || strcmp(second, "state") == 0 || strcmp(second, "plugin") == 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *point = getenv("CRASHPOINT");
  const char *path = getenv("CRASHPOINT_LOG");
  if (!point || !is_counted()) return;
  char *rest = NULL;
  target = strtol(point, &rest, 10);
  kills_after = strcmp(rest, ":after") == 0;
  if (path) log_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  is_active = 1;
}

static long enter(const char *name) {
  if (!is_active) return 0;
  long number = atomic_fetch_add(&counted, 1) + 1;
  if (log_file >= 0) dprintf(log_file, "%ld %s\n", number, name);
  if (number == target && !kills_after) kill(getpid(), SIGKILL);
  return number;
}

static void leave(long number) {
  if (is_active && number == target && kills_after) kill(getpid(), SIGKILL);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define AROUND(type, name, call)       \
  {                                    \
    __typeof__(&name) next = NEXT(name); \
    long number = enter(#name);        \
    type result = next call;           \
    leave(number);                     \
    return result;                     \
  }

int fsync(int file) AROUND(int, fsync, (file))
int fdatasync(int file) AROUND(int, fdatasync, (file))
int rename(const char *from, const char *to) AROUND(int, rename, (from, to))
int renameat2(int a, const char *from, int b, const char *to, unsigned flags)
    AROUND(int, renameat2, (a, from, b, to, flags))
int unlink(const char *path) AROUND(int, unlink, (path))

// The catalog's writes; others are made durable by the calls above, and not visible before.
static int is_catalog(int file) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strstr(path, "/catalog.db") != NULL;
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
  __typeof__(&pwrite64) next = NEXT(pwrite64);
  if (!is_active || !is_catalog(file)) return next(file, bytes, length, offset);
  long number = enter("pwrite64 catalog");
  ssize_t result = next(file, bytes, length, offset);
  leave(number);
  return result;
}
