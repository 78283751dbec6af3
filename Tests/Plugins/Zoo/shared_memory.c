/* Attacks on what a worker process has in common with its host: the allocator's memory, and the socket. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zoo.h"

/* The allocator. */

static const headrace_host_allocator* allocator_of(struct visit* visit) {
  return host_service(visit->host, HEADRACE_HOST_ALLOCATOR);
}

/* A block of the host's, or NULL. */
static char* take(struct visit* visit, uint64_t bytes) {
  const headrace_host_allocator* allocator = allocator_of(visit);
  return allocator ? allocator->allocate(visit->host, bytes) : NULL;
}

static void give(struct visit* visit, void* memory) { allocator_of(visit)->free(visit->host, memory); }

static headrace_status overrun(struct visit* visit) {
  enum { BLOCK = 64, PAST = 4096 };
  char* block = take(visit, BLOCK);
  if (!block) return attempted(visit, ENOSYS);
  for (int index = 0; index < BLOCK + PAST; index++) ((volatile char*)block)[index] = (char)0xA5;
  give(visit, block);
  return attempted(visit, 0);
}

static headrace_status underrun(struct visit* visit) {
  enum { BEFORE = 64 };
  char* block = take(visit, 64);
  if (!block) return attempted(visit, ENOSYS);
  for (int index = 1; index <= BEFORE; index++) *((volatile char*)block - index) = (char)0xA5;
  give(visit, block);
  return attempted(visit, 0);
}

static headrace_status free_twice(struct visit* visit) {
  char* block = take(visit, 4096);
  if (!block) return attempted(visit, ENOSYS);
  give(visit, block);
  give(visit, block);
  return attempted(visit, 0);
}

static headrace_status free_middle(struct visit* visit) {
  char* block = take(visit, 4096);
  if (!block) return attempted(visit, ENOSYS);
  give(visit, block + 64);
  return attempted(visit, 0);
}

static headrace_status free_foreign(struct visit* visit) {
  static char foreign[4096];
  if (!allocator_of(visit)) return attempted(visit, ENOSYS);
  give(visit, foreign + 64);
  return attempted(visit, 0);
}

static headrace_status use_freed(struct visit* visit) {
  char* block = take(visit, 4096);
  if (!block) return attempted(visit, ENOSYS);
  give(visit, block);
  memset(block, 0xA5, 4096);
  return attempted(visit, 0);
}

/* In use until the process ends. */
static headrace_status exhaust(struct visit* visit) {
  int64_t wanted = bounded(visit, 256);
  if (!allocator_of(visit)) return attempted(visit, ENOSYS);
  for (int64_t made = 0; made < wanted; made++) {
    char* block = take(visit, 1 << 20);
    if (!block) return attempted(visit, ENOMEM);
    memset(block, 1, 1 << 20);
  }
  return attempted(visit, 0);
}

static headrace_status odd_sizes(struct visit* visit) {
  static const uint64_t sizes[] = {0, 1, UINT64_MAX, UINT64_MAX - 63, (uint64_t)1 << 63, (uint64_t)1 << 62};
  bool was_given = false;
  if (!allocator_of(visit)) return attempted(visit, ENOSYS);
  for (size_t index = 0; index < sizeof sizes / sizeof *sizes; index++) {
    char* block = take(visit, sizes[index]);
    was_given |= block && sizes[index] > 1;
    if (block) give(visit, block);
  }
  return attempted(visit, was_given ? 0 : ENOMEM);
}

/* Batches. */

static struct animals* animals_of(struct visit* visit) { return visit->batch->array.private_data; }

/* The values are given back before the batch is. Without an allocator they are kept: that would be `released_twice`. */
static headrace_status early_free(struct visit* visit) {
  struct animals* animals = animals_of(visit);
  if (!animals->host_free) return HEADRACE_OK;
  animals->host_free(NULL, animals->owned[0]);
  animals->owned[0] = NULL;
  return HEADRACE_OK;
}

/* All but the first value would lie behind the block, in what is another's. */
static headrace_status past_block(struct visit* visit) {
  const int64_t* values = animals_of(visit)->buffers[ID_COLUMN][1];
  if (visit->batch->array.length) animals_of(visit)->buffers[ID_COLUMN][1] = values + visit->batch->array.length - 1;
  return HEADRACE_OK;
}

struct change {
  struct animals* animals;
  int64_t length;
  int64_t until;
};

/* The true offset at the end, and one far behind the data, in turns; so too for a number. */
static void* change_rows(void* context) {
  struct change change = *(struct change*)context;
  free(context);
  volatile int32_t* last = (int32_t*)(uintptr_t)change.animals->buffers[ANIMAL_COLUMN][1] + change.length;
  volatile int64_t* id = (int64_t*)(uintptr_t)change.animals->buffers[ID_COLUMN][1];
  int32_t true_last = *last;
  int64_t true_id = change.length ? *id : 0;
  while (monotonic_ns() < change.until) {
    *last = INT32_MAX;
    if (change.length) *id = -1;
    *last = true_last;
    if (change.length) *id = true_id;
  }
  drop_animals(change.animals);
  return NULL;
}

/* The thread has a share in the rows, so that they stay where they are although the host has released them. */
static headrace_status change_after_return(struct visit* visit) {
  int64_t most = 5000000000;
  int64_t life = duration_ns(visit) < most ? duration_ns(visit) : most;
  struct change* change = malloc(sizeof *change);
  if (!change) return HEADRACE_OK;
  *change = (struct change){animals_of(visit), visit->batch->array.length, monotonic_ns() + life};
  retain_animals(change->animals);
  pthread_t thread;
  if (pthread_create(&thread, NULL, change_rows, change) == 0) {
    pthread_detach(thread);
    return HEADRACE_OK;
  }
  drop_animals(change->animals);
  free(change);
  return HEADRACE_OK;
}

/* Descriptors: of memory, and of Unix sockets. Others may be a host's own and are left alone. */

enum { FIRST = 3, PAST_LAST = 1024, MOST_MEMORY = 64 << 20 };

/* Seals are what only such memory has. */
static bool is_memory(int descriptor) { return fcntl(descriptor, F_GET_SEALS) >= 0; }

static bool is_socket(int descriptor) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  return getsockname(descriptor, (struct sockaddr*)&address, &size) == 0 && address.ss_family == AF_UNIX;
}

/* Does it to each; the outcome is the first that was not stopped, else an error: ENOENT if there was none at all. */
static headrace_status with_each(struct visit* visit, bool (*is_wanted)(int), int (*attack)(int)) {
  int code = ENOENT;
  for (int descriptor = FIRST; descriptor < PAST_LAST; descriptor++) {
    if (!is_wanted(descriptor)) continue;
    int result = attack(descriptor);
    if (code != 0) code = result;
  }
  return attempted(visit, code);
}

static size_t size_of(int descriptor) {
  struct stat file;
  return fstat(descriptor, &file) == 0 && file.st_size > 0 ? (size_t)file.st_size : 0;
}

static int scribble_on(int descriptor) {
  size_t size = size_of(descriptor) < MOST_MEMORY ? size_of(descriptor) : MOST_MEMORY;
  if (size == 0) return ENODATA;
  char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) return errno;
  memset(memory, 0xFF, size);
  munmap(memory, size);
  return 0;
}

static int shrink(int descriptor) { return ftruncate(descriptor, 0) != 0 ? errno : 0; }

static int grow(int descriptor) {
  return ftruncate(descriptor, (off_t)size_of(descriptor) + 4096) != 0 ? errno : 0;
}

static int send_garbage(int descriptor) {
  uint8_t garbage[4096];
  for (size_t index = 0; index < sizeof garbage; index++) garbage[index] = (uint8_t)(index * 167 + 255);
  return send(descriptor, garbage, sizeof garbage, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

static int steal_message(int descriptor) {
  char stolen[65536];
  return recv(descriptor, stolen, sizeof stolen, MSG_DONTWAIT) < 0 ? errno : 0;
}

static int shut(int descriptor) { return shutdown(descriptor, SHUT_RDWR) != 0 ? errno : 0; }

/* Copies of the socket itself: whoever receives and forgets them runs out of descriptors. */
static int send_descriptors(int descriptor) {
  enum { N = 64 };
  int copies[N];
  char byte = 0;
  union {
    char bytes[CMSG_SPACE(sizeof copies)];
    struct cmsghdr alignment;
  } control;
  struct iovec data = {&byte, 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control};
  message.msg_controllen = sizeof control.bytes;
  for (int index = 0; index < N; index++) copies[index] = descriptor;
  struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof copies);
  memcpy(CMSG_DATA(header), copies, sizeof copies);
  return sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

static headrace_status scribble(struct visit* visit) { return with_each(visit, is_memory, scribble_on); }

static headrace_status shrink_memory(struct visit* visit) { return with_each(visit, is_memory, shrink); }

static headrace_status grow_memory(struct visit* visit) { return with_each(visit, is_memory, grow); }

static headrace_status forge_messages(struct visit* visit) { return with_each(visit, is_socket, send_garbage); }

static headrace_status steal_messages(struct visit* visit) { return with_each(visit, is_socket, steal_message); }

static headrace_status shut_sockets(struct visit* visit) { return with_each(visit, is_socket, shut); }

static headrace_status flood_descriptors(struct visit* visit) { return with_each(visit, is_socket, send_descriptors); }

static int write_over(void* memory, size_t size) {
  memset(memory, 0xFF, size);
  return 0;
}

/* The pages go back to the system, for everybody who has them mapped. */
static int punch(void* memory, size_t size) { return madvise(memory, size, MADV_REMOVE) != 0 ? errno : 0; }

/* Mappings stay when the descriptor is closed. Only those of nameless memory: a mapped file is somebody's data. */
static headrace_status with_mappings(struct visit* visit, int (*attack)(void* memory, size_t size)) {
  FILE* maps = fopen("/proc/self/maps", "re");
  if (!maps) return attempted(visit, errno);
  char line[512];
  size_t left = MOST_MEMORY;
  int code = ENOENT;
  while (left > 0 && fgets(line, sizeof line, maps)) {
    unsigned long from, to;
    if (sscanf(line, "%lx-%lx rw-s", &from, &to) != 2) continue;
    if (!strstr(line, " rw-s ") || !strstr(line, "/memfd:")) continue;
    size_t size = to - from < left ? to - from : left;
    int result = attack((void*)(uintptr_t)from, size);
    if (code != 0) code = result;
    left -= size;
  }
  fclose(maps);
  return attempted(visit, code);
}

static headrace_status scribble_mappings(struct visit* visit) { return with_mappings(visit, write_over); }

static headrace_status punch_mappings(struct visit* visit) { return with_mappings(visit, punch); }

static const char once[] = "once", one[] = "one batch", each[] = "once for each descriptor below 1,024";

#define WITH_ALLOCATOR (WITH_HOST & ~AT_CANCEL)

const struct misbehaviour shared_memory_attacks[] = {
    {"allocator_overrun", "writes past a block of the host's allocator", "4 KiB", WITH_ALLOCATOR, overrun, NULL},
    {"allocator_underrun", "writes before a block of the host's allocator", "64 bytes", WITH_ALLOCATOR, underrun,
     NULL},
    {"allocator_double_free", "frees a block of the host's twice", once, WITH_ALLOCATOR, free_twice, NULL},
    {"allocator_free_middle", "frees from the middle of a block", once, WITH_ALLOCATOR, free_middle, NULL},
    {"allocator_free_foreign", "frees what the host has not allocated", once, WITH_ALLOCATOR, free_foreign, NULL},
    {"allocator_use_freed", "writes to a block that it freed", "4 KiB", WITH_ALLOCATOR, use_freed, NULL},
    {"allocator_exhaust", "takes block after block for good", "`amount` MiB of 256", WITH_ALLOCATOR, exhaust, NULL},
    {"allocator_sizes", "asks for 0 bytes, and for sizes that overflow", once, WITH_ALLOCATOR, odd_sizes, NULL},
    {"early_free", "frees values that a batch still has", one, WITH_BATCH, NULL, early_free},
    {"past_block", "a batch's values reach past their block", one, WITH_BATCH, NULL, past_block},
    {"change_after_return", "changes a batch that was handed over, all the time", "`seconds` of 5", WITH_BATCH, NULL,
     change_after_return},
    {"scribble_memory", "writes 0xFF over shared memory, by its descriptors", "64 MiB each, below 1,024",
     ANYWHERE, scribble, NULL},
    {"scribble_mappings", "writes 0xFF over shared memory, where it is mapped", "64 MiB", ANYWHERE, scribble_mappings,
     NULL},
    {"punch_mappings", "gives shared memory back to the system, where it is mapped", "64 MiB", ANYWHERE, punch_mappings,
     NULL},
    {"shrink_memory", "truncates shared memory", each, ANYWHERE, shrink_memory, NULL},
    {"grow_memory", "makes shared memory a page longer", each, ANYWHERE, grow_memory, NULL},
    {"forge_messages", "sends 4 KiB of garbage to Unix sockets", each, ANYWHERE, forge_messages, NULL},
    {"steal_messages", "takes 64 KiB from Unix sockets", each, ANYWHERE, steal_messages, NULL},
    {"shut_sockets", "shuts Unix sockets down", each, ANYWHERE, shut_sockets, NULL},
    {"flood_descriptors", "sends 64 descriptors to Unix sockets", each, ANYWHERE, flood_descriptors, NULL},
    {0}};
