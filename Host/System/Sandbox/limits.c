#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "steps.h"

static int limit(int resource, uint64_t value) {
  struct rlimit present;
  if (getrlimit((__rlimit_resource_t)resource, &present) != 0) return -1;
  rlim_t wanted = value == HEADRACE_UNLIMITED ? present.rlim_max : (rlim_t)value;
  /* Nobody but root can raise the hard limit. */
  if (present.rlim_max != RLIM_INFINITY && wanted > present.rlim_max) wanted = present.rlim_max;
  struct rlimit both = {wanted, wanted};
  return setrlimit((__rlimit_resource_t)resource, &both);
}

int headrace_apply_limits(const headrace_confinement* allowed) {
  /* Data and not address space: runtimes reserve address space that they never touch. */
  if (limit(RLIMIT_DATA, allowed->memory_bytes) != 0) return -1;
  if (limit(RLIMIT_CPU, allowed->cpu_seconds) != 0) return -1;
  if (limit(RLIMIT_NOFILE, allowed->open_files) != 0) return -1;
  if (limit(RLIMIT_FSIZE, allowed->file_bytes) != 0) return -1;
  if (limit(RLIMIT_MEMLOCK, 0) != 0 || limit(RLIMIT_MSGQUEUE, 0) != 0) return -1;
  /* A core would hold what the plugin was given, secrets too. */
  return limit(RLIMIT_CORE, 0);
}

int headrace_drop_user(const headrace_confinement* allowed, uint32_t* enforced) {
  if (geteuid() != 0) {
    *enforced |= HEADRACE_ENFORCES_USER;
    return 0;
  }
  if (allowed->user == 0) return 0;
  if (setgroups(0, NULL) != 0) return -1;
  if (setresgid(allowed->group, allowed->group, allowed->group) != 0) return -1;
  if (setresuid(allowed->user, allowed->user, allowed->user) != 0) return -1;
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return -1;
  *enforced |= HEADRACE_ENFORCES_USER;
  return 0;
}
