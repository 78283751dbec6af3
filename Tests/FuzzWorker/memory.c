/* Lies in shared memory. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

/* Blocks are taken from the beginning of the segment, so that a small part of it is what batches lie in. */
enum { USED = 1 << 14, AT_ONCE = 8 };

struct memory map_own_segment(void) {
  struct stat about;
  struct memory memory = {NULL, 0};
  if (fstat(OWN_SEGMENT, &about) != 0) return memory;
  void* start = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, OWN_SEGMENT, 0);
  if (start == MAP_FAILED) return memory;
  memory.bytes = start;
  memory.count = (size_t)about.st_size;
  return memory;
}

struct scribbler {
  struct memory memory;
  struct dice dice;
};

static void change(struct scribbler* scribbler, const size_t* places, const uint8_t* changes) {
  volatile uint8_t* bytes = scribbler->memory.bytes;
  for (int index = 0; index < AT_ONCE; index++)
    for (size_t place = places[index]; place < places[index] + 4; place++) bytes[place] ^= changes[index];
}

/* Half of the time everything is right, so that a host that looked before it copied would be deceived. */
static void* scribble(void* context) {
  struct scribbler* scribbler = context;
  while (true) {
    size_t places[AT_ONCE];
    uint8_t changes[AT_ONCE];
    for (int index = 0; index < AT_ONCE; index++) {
      places[index] = pick(&scribbler->dice, USED);
      changes[index] = (uint8_t)(1 + pick(&scribbler->dice, 255));
    }
    change(scribbler, places, changes);
    for (size_t left = pick(&scribbler->dice, 4000); left > 0; left--) __asm__ volatile("" ::: "memory");
    change(scribbler, places, changes);
    for (size_t left = pick(&scribbler->dice, 4000); left > 0; left--) __asm__ volatile("" ::: "memory");
    if (one_in(&scribbler->dice, 256)) usleep(20);
  }
  return NULL;
}

void start_scribbling(struct memory memory, uint64_t seed) {
  pthread_t thread;
  struct scribbler* scribbler = malloc(sizeof *scribbler);
  if (!scribbler || memory.count < USED + 4) return;
  scribbler->memory = memory;
  scribbler->dice.state = seed;
  pthread_create(&thread, NULL, scribble, scribbler);
}

static void give_up(const char* what) {
  fprintf(stderr, "fuzz-worker: a seal did not hold: %s\n", what);
  _exit(97);
}

/* A descriptor that can only be read is opened again through /proc by whoever may open the file: here anybody. */
static void try_to_reopen(size_t count) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", HOST_SEGMENT);
  int again = open(path, O_RDWR | O_CLOEXEC);
  if (again < 0) return;
  if (pwrite(again, "x", 1, 0) == 1) give_up("the host's segment was opened again and written");
  void* mapped = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
  if (mapped != MAP_FAILED) give_up("the host's segment was opened again and mapped for writing");
  close(again);
}

void try_seals(struct memory memory) {
  size_t count = memory.count;
  if (ftruncate(OWN_SEGMENT, 0) == 0) give_up("the worker's segment was made empty");
  if (ftruncate(OWN_SEGMENT, (off_t)count / 2) == 0) give_up("the worker's segment was cut");
  if (ftruncate(OWN_SEGMENT, (off_t)count * 2) == 0) give_up("the worker's segment grew");
  if (fallocate(OWN_SEGMENT, 0, (off_t)count, 4096) == 0) give_up("the worker's segment grew by blocks");
  if (fcntl(OWN_SEGMENT, F_ADD_SEALS, F_SEAL_WRITE) == 0) give_up("a seal was added");
  if (ftruncate(HOST_SEGMENT, 0) == 0) give_up("the host's segment was made empty");
  if (write(HOST_SEGMENT, "x", 1) == 1) give_up("the host's segment was written");
  void* mapped = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_SHARED, HOST_SEGMENT, 0);
  if (mapped != MAP_FAILED) give_up("the host's segment was mapped for writing");
  void* readable = mmap(NULL, count, PROT_READ, MAP_SHARED, HOST_SEGMENT, 0);
  if (readable == MAP_FAILED) return;
  if (mprotect(readable, count, PROT_READ | PROT_WRITE) == 0) give_up("the host's segment was made writable");
  munmap(readable, count);
  try_to_reopen(count);
}

void punch_holes(struct memory memory, struct dice* dice) {
  for (int left = 0; left < 4; left++) {
    off_t place = (off_t)(4096 * pick(dice, USED / 4096));
    fallocate(OWN_SEGMENT, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, place, 4096);
  }
  if (one_in(dice, 4)) madvise(memory.bytes, memory.count, MADV_REMOVE);
}
