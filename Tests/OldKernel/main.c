/* `old-kernel MISSING... -- PROGRAM ARGUMENT...` runs a program, and all that it starts, on a kernel that lacks
 * something. MISSING is `landlock`, `landlock=VERSION` (there is that version and nothing later), or `seccomp`.
 *
 * The kernel itself answers so: a filter of system calls that nobody below can take away. What it cannot say by itself,
 * a version, is said by a process beside the program, which ends with it. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Their numbers are the same on every machine that Headrace runs on. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, ASK_VERSION = 1 };

struct missing {
  int landlock; /* no Landlock at all */
  int version;  /* the latest version of it; 0 leaves it as it is */
  int seccomp;
};

struct program {
  struct sock_filter steps[64];
  unsigned short count;
};

static void add(struct program* program, uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false) {
  struct sock_filter step = {code, if_true, if_false, value};
  program->steps[program->count++] = step;
}

static void load(struct program* program, size_t offset) {
  add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* An answer to a call of this number, if its argument has this value; a negative argument stands for any. */
static void answer(struct program* program, uint32_t number, int argument, uint32_t value, uint32_t action) {
  load(program, offsetof(struct seccomp_data, nr));
  add(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, argument < 0 ? 1 : 3);
  if (argument >= 0) {
    load(program, offsetof(struct seccomp_data, args) + 8 * (size_t)argument);
    add(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
  }
  add(program, BPF_RET | BPF_K, action, 0, 0);
}

static void build(struct program* program, const struct missing* missing) {
  uint32_t unknown = SECCOMP_RET_ERRNO | ENOSYS, invalid = SECCOMP_RET_ERRNO | EINVAL;
  if (missing->landlock)
    for (uint32_t number = CREATE_RULESET; number <= RESTRICT_SELF; number++) answer(program, number, -1, 0, unknown);
  if (missing->version > 0) answer(program, CREATE_RULESET, 2, ASK_VERSION, SECCOMP_RET_USER_NOTIF);
  if (missing->seccomp) {
    answer(program, SYS_prctl, 0, PR_SET_SECCOMP, invalid);
    answer(program, SYS_seccomp, -1, 0, unknown);
  }
  add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

/* Says the version to whoever asks. */
static _Noreturn void serve(int listener, int version, pid_t program) {
  struct seccomp_notif question;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (getppid() == program) {
    memset(&question, 0, sizeof question);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0) continue;
    struct seccomp_notif_resp reply = {.id = question.id, .val = version};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
  }
  _exit(0);
}

static int fail(const char* what) {
  fprintf(stderr, "old-kernel: cannot %s: %s\n", what, strerror(errno));
  return 71;
}

int main(int argc, char** argv) {
  struct missing missing = {0, 0, 0};
  int index = 1;
  for (; index < argc && strcmp(argv[index], "--") != 0; index++) {
    if (strcmp(argv[index], "landlock") == 0) missing.landlock = 1;
    if (strncmp(argv[index], "landlock=", 9) == 0) missing.version = atoi(argv[index] + 9);
    if (strcmp(argv[index], "seccomp") == 0) missing.seccomp = 1;
  }
  if (index + 1 >= argc) return 64;
  struct program program = {.count = 0};
  build(&program, &missing);
  struct sock_fprog filter = {program.count, program.steps};
  pid_t self = getpid();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail("give up new privileges");
  unsigned flags = missing.version > 0 ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
  if (listener < 0) return fail("install the filter");
  if (missing.version > 0) {
    pid_t server = fork();
    if (server < 0) return fail("start its server");
    if (server == 0) serve((int)listener, missing.version, self);
    close((int)listener);
  }
  execv(argv[index + 1], argv + index + 1);
  return fail("run the program");
}
