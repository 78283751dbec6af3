/* A program in the place of a worker, which does what its first argument says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the host writes, and a worker reads. */
enum { HOST_SEGMENT = 6 };

/* What a pipe may hold if a process without privileges asks for it. */
enum { MOST = 1 << 20 };

static void* write_for_ever(void* block) {
  for (;;) {
    ssize_t written = write(STDERR_FILENO, block, MOST);
    (void)written;
  }
  return NULL;
}

/* More of them than there is somebody who reads. */
static int flood(void) {
  pthread_t threads[4];
  char* block = malloc(MOST);
  if (!block) return 1;
  memset(block, 'x', MOST);
  fcntl(STDERR_FILENO, F_SETPIPE_SZ, MOST);
  for (int index = 0; index < 4; index++) pthread_create(&threads[index], NULL, write_for_ever, block);
  for (;;) pause();
}

/* Goes over to the group that its parent is in. */
static int leave(void) {
  if (setpgid(0, getpgid(getppid())) != 0) return 1;
  if (write(STDERR_FILENO, "gone\n", 5) != 5) return 1;
  for (;;) pause();
}

/* 0 if what the host writes cannot be written, by whatever way. */
static int reopen(void) {
  struct stat about;
  if (fstat(HOST_SEGMENT, &about) != 0) return 1;
  int again = open("/proc/self/fd/6", O_RDWR);
  if (again < 0) return 0;
  if (pwrite(again, "x", 1, 0) == 1) return 2;
  if (mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0) != MAP_FAILED) return 3;
  void* readable = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, again, 0);
  if (readable == MAP_FAILED) return 4;
  return mprotect(readable, (size_t)about.st_size, PROT_READ | PROT_WRITE) == 0 ? 5 : 0;
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "flood") == 0) return flood();
  if (argc == 2 && strcmp(argv[1], "leave") == 0) return leave();
  if (argc == 2 && strcmp(argv[1], "reopen") == 0) return reopen();
  return 64;
}
