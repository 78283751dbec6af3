#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "steps.h"

/* Becoming another user clears the wish to die with the parent, so that it comes after it. */
static int die_with_parent(const headrace_confinement* allowed) {
  if (allowed->parent == 0) return 0;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
  if (getppid() == allowed->parent) return 0;
  errno = ESRCH;
  return -1;
}

static int fail(headrace_confined* result, const char* step) {
  result->failed_step = step;
  result->error = errno;
  return -1;
}

int headrace_confine(const headrace_confinement* allowed, headrace_confined* result) {
  result->enforced = 0;
  result->failed_step = NULL;
  result->error = 0;
  if (headrace_apply_limits(allowed) != 0) return fail(result, "set limits");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(result, "give up new privileges");
  /* Rules name paths that only the present user may be able to reach. */
  if (headrace_restrict_reach(allowed, &result->enforced) != 0) return fail(result, "restrict files and ports");
  if (headrace_drop_user(allowed, &result->enforced) != 0) return fail(result, "become another user");
  if (die_with_parent(allowed) != 0) return fail(result, "tie its life to its parent's");
  /* Last: the steps before need calls that are refused from here on. */
  if (headrace_restrict_calls(allowed, &result->enforced) != 0) return fail(result, "restrict system calls");
  return 0;
}

const char* headrace_enforcement(uint32_t bit) {
  switch (bit) {
    case HEADRACE_ENFORCES_FILES: return "which files are reached";
    case HEADRACE_ENFORCES_TRUNCATION: return "which files are cut short";
    case HEADRACE_ENFORCES_PORTS: return "which TCP ports are connected to";
    case HEADRACE_ENFORCES_DEVICES: return "commands to devices";
    case HEADRACE_ENFORCES_SCOPE: return "signals and abstract sockets of other processes";
    case HEADRACE_ENFORCES_CALLS: return "which system calls are made";
    case HEADRACE_ENFORCES_USER: return "another user";
    default: return "nothing";
  }
}
