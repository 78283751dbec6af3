/* Ways to use up what others need too. The bounds are the table's; `amount` lowers them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zoo.h"

static const int64_t MIB = 1 << 20;

/* Children and threads that are there to be many live shortly. */
static int64_t short_life_ns(const struct visit* visit) {
  int64_t most = 5000000000;
  return duration_ns(visit) < most ? duration_ns(visit) : most;
}

static int touch(char* memory, size_t size) {
  for (size_t at = 0; at < size; at += 4096) ((volatile char*)memory)[at] = 1;
  return 0;
}

/* Step by step, so that a limit is met on the way and not by one request that is refused as a whole. */
static headrace_status balloon(struct visit* visit) {
  enum { MOST_STEPS = 160 };
  const int64_t step = 64 * MIB;
  char* steps[MOST_STEPS];
  int64_t wanted = bounded(visit, 10240) * MIB / step, made = 0;
  int code = 0;
  for (; made < wanted && made < MOST_STEPS; made++) {
    steps[made] = mmap(NULL, (size_t)step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (steps[made] == MAP_FAILED) {
      code = errno;
      break;
    }
    touch(steps[made], (size_t)step);
  }
  for (int64_t index = 0; index < made; index++) munmap(steps[index], (size_t)step);
  return attempted(visit, code);
}

/* Kept until the process ends. */
static headrace_status leak_memory(struct visit* visit) {
  int64_t wanted = bounded(visit, 256);
  for (int64_t made = 0; made < wanted; made++) {
    char* memory = malloc((size_t)MIB);
    if (!memory) return attempted(visit, ENOMEM);
    touch(memory, (size_t)MIB);
  }
  return attempted(visit, 0);
}

static headrace_status fork_bomb(struct visit* visit) {
  enum { MOST = 200 };
  pid_t children[MOST];
  int64_t wanted = bounded(visit, MOST), made = 0;
  int64_t life = short_life_ns(visit);
  int code = 0;
  for (; made < wanted && code == 0; made += code == 0) {
    children[made] = fork();
    if (children[made] < 0) code = errno;
    if (children[made] != 0) continue;
    sleep_ns(life);
    _exit(0);
  }
  for (int64_t index = 0; index < made; index++) waitpid(children[index], NULL, 0);
  return attempted(visit, code);
}

static void* live_shortly(void* life) {
  sleep_ns(*(int64_t*)life);
  return NULL;
}

/* With small stacks: not the memory is to be what is short. */
static headrace_status thread_bomb(struct visit* visit) {
  enum { MOST = 2000, STACK = 65536 };
  pthread_t threads[MOST];
  pthread_attr_t attributes;
  int64_t wanted = bounded(visit, MOST), made = 0;
  int64_t life = short_life_ns(visit);
  int code = 0;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK);
  for (; made < wanted && code == 0; made += code == 0)
    code = pthread_create(&threads[made], &attributes, live_shortly, &life);
  for (int64_t index = 0; index < made; index++) pthread_join(threads[index], NULL);
  pthread_attr_destroy(&attributes);
  return attempted(visit, code);
}

static void* spin(void* until) {
  while (monotonic_ns() < *(int64_t*)until) continue;
  return NULL;
}

static headrace_status burn_processors(struct visit* visit) {
  enum { MOST = 16 };
  pthread_t threads[MOST];
  int64_t until = monotonic_ns() + duration_ns(visit);
  int64_t wanted = bounded(visit, MOST), made = 0;
  int code = 0;
  for (; made < wanted && code == 0; made += code == 0) code = pthread_create(&threads[made], NULL, spin, &until);
  for (int64_t index = 0; index < made; index++) pthread_join(threads[index], NULL);
  return attempted(visit, code);
}

/* Given back by `destroy`, so that a host in the same process survives its test. */
static headrace_status leak_descriptors(struct visit* visit) {
  headrace_instance* instance = visit->instance;
  int64_t wanted = bounded(visit, N_KEPT_DESCRIPTORS);
  if (!instance->descriptors) instance->descriptors = calloc(N_KEPT_DESCRIPTORS, sizeof(int));
  if (!instance->descriptors) return fail_with_code(visit, ENOMEM);
  while (instance->n_descriptors + 1 < wanted) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return attempted(visit, errno);
    instance->descriptors[instance->n_descriptors++] = ends[0];
    instance->descriptors[instance->n_descriptors++] = ends[1];
  }
  return attempted(visit, 0);
}

static headrace_status flood_log(struct visit* visit) {
  const headrace_host_log* log = host_service(visit->host, HEADRACE_HOST_LOG);
  int64_t wanted = bounded(visit, 100000);
  char line[64];
  for (int64_t index = 0; log && index < wanted; index++) {
    snprintf(line, sizeof line, "line %lld of a flood", (long long)index);
    log->write(visit->host, HEADRACE_LOG_ERROR, text_of(line), NULL, 0);
  }
  return HEADRACE_OK;
}

static headrace_status huge_log_line(struct visit* visit) {
  const headrace_host_log* log = host_service(visit->host, HEADRACE_HOST_LOG);
  size_t size = (size_t)(bounded(visit, 64) * MIB);
  char* line = malloc(size + 1);
  if (!line) return attempted(visit, ENOMEM);
  memset(line, 'x', size);
  headrace_string text = {line, size};
  if (log) log->write(visit->host, HEADRACE_LOG_ERROR, text, NULL, 0);
  free(line);
  return HEADRACE_OK;
}

static headrace_status flood_metrics(struct visit* visit) {
  const headrace_host_metrics* metrics = host_service(visit->host, HEADRACE_HOST_METRICS);
  int64_t wanted = bounded(visit, 100000);
  char name[64];
  for (int64_t index = 0; metrics && index < wanted; index++) {
    snprintf(name, sizeof name, "flood_%lld_rows", (long long)index);
    metrics->add(visit->host, text_of(name), 1);
    metrics->set(visit->host, text_of(name), (double)index);
  }
  return HEADRACE_OK;
}

/* Keys of their own, each with 1 KiB. */
static headrace_status flood_state(struct visit* visit) {
  const headrace_host_state* state = host_service(visit->host, HEADRACE_HOST_STATE);
  int64_t wanted = bounded(visit, 10000);
  static const uint8_t value[1024];
  char key[64];
  for (int64_t index = 0; state && index < wanted; index++) {
    headrace_error error = {.struct_size = sizeof error, .retry_after_ns = HEADRACE_NO_RETRY_AFTER};
    headrace_bytes bytes = {value, sizeof value};
    snprintf(key, sizeof key, "flood-%lld", (long long)index);
    headrace_status status = state->write(visit->host, text_of(key), bytes, &error);
    if (error.release) error.release(&error);
    if (status != HEADRACE_OK) return attempted(visit, ENOSPC);
  }
  return attempted(visit, state ? 0 : ENOSYS);
}

static headrace_status huge_state(struct visit* visit) {
  const headrace_host_state* state = host_service(visit->host, HEADRACE_HOST_STATE);
  size_t size = (size_t)(bounded(visit, 64) * MIB);
  uint8_t* value = calloc(1, size + 1);
  if (!value || !state) {
    free(value);
    return attempted(visit, state ? ENOMEM : ENOSYS);
  }
  headrace_error error = {.struct_size = sizeof error, .retry_after_ns = HEADRACE_NO_RETRY_AFTER};
  headrace_bytes bytes = {value, size};
  headrace_status status = state->write(visit->host, text_of("huge"), bytes, &error);
  if (error.release) error.release(&error);
  free(value);
  return attempted(visit, status == HEADRACE_OK ? 0 : EFBIG);
}

/* Into `path`, which `destroy` removes. */
static headrace_status fill_disk(struct visit* visit) {
  static const char block[65536] = "zoo";
  const char* path = visit->settings->path;
  if (!path[0]) return fail(visit, HEADRACE_INVALID_CONFIG, "fill_disk needs a 'path'");
  int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return attempted(visit, errno);
  headrace_instance* instance = visit->instance;
  if (!instance->file_to_remove) instance->file_to_remove = strdup(path);
  int64_t wanted = bounded(visit, 64) * MIB;
  int code = 0;
  for (int64_t written = 0; written < wanted && code == 0; written += (int64_t)sizeof block)
    if (write(file, block, sizeof block) != sizeof block) code = errno ? errno : ENOSPC;
  close(file);
  return attempted(visit, code);
}

#define WITH_INSTANCE (WITH_HOST & ~AT_CANCEL)

const struct misbehaviour resources[] = {
    {"allocate_10_gb", "takes and touches memory in steps of 64 MiB", "`amount` MiB of 10,240, then gives it back",
     ANYWHERE, balloon, NULL},
    {"leak_memory", "takes memory for good", "`amount` MiB of 256", ANYWHERE, leak_memory, NULL},
    {"fork_bomb", "makes child after child", "`amount` of 200, which live `seconds` of 5", ANYWHERE, fork_bomb, NULL},
    {"thread_bomb", "makes thread after thread", "`amount` of 2,000, which live `seconds` of 5", ANYWHERE, thread_bomb,
     NULL},
    {"burn_processors", "spins on 16 threads", "`seconds`", ANYWHERE, burn_processors, NULL},
    {"leak_descriptors", "opens pipe after pipe", "`amount` of 4,096 descriptors; `destroy` closes them",
     WITH_INSTANCE, leak_descriptors, NULL},
    {"flood_log", "writes line after line to the log", "`amount` of 100,000", WITH_HOST, flood_log, NULL},
    {"huge_log_line", "writes one line to the log", "`amount` MiB of 64", WITH_HOST, huge_log_line, NULL},
    {"flood_metrics", "counts and sets under name after name", "`amount` of 100,000 names", WITH_HOST, flood_metrics,
     NULL},
    {"flood_state", "stores value after value of 1 KiB", "`amount` of 10,000 keys", WITH_HOST, flood_state, NULL},
    {"huge_state", "stores one value", "`amount` MiB of 64", WITH_HOST, huge_state, NULL},
    {"fill_disk", "writes to the file `path`", "`amount` MiB of 64; `destroy` removes it", WITH_INSTANCE, fill_disk,
     NULL},
    {0}};
