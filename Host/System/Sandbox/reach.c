/* Landlock, by the kernel's documentation (Documentation/userspace-api/landlock.rst). Its numbers are stated here:
 * the system's headers may be older than its kernel. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "steps.h"

#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define ASK_VERSION 1u
#define RULE_PATH 1
#define RULE_PORT 2

#define EXECUTE (1ull << 0)
#define WRITE_FILE (1ull << 1)
#define READ_FILE (1ull << 2)
#define READ_DIR (1ull << 3)
#define REFER (1ull << 13)
#define TRUNCATE (1ull << 14)
#define DEVICE (1ull << 15)
#define FIRST_FILE_RIGHTS ((1ull << 13) - 1)
/* What can be said of something that is no folder. */
#define RIGHTS_OF_FILES (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | DEVICE)

#define BIND_PORT (1ull << 0)
#define CONNECT_PORT (1ull << 1)
#define SCOPE_SOCKETS (1ull << 0)
#define SCOPE_SIGNALS (1ull << 1)

struct ruleset {
  uint64_t files;
  uint64_t network;
  uint64_t scope;
};

struct path_rule {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

struct port_rule {
  uint64_t allowed;
  uint64_t port;
};

static int make_ruleset(const headrace_confinement* allowed, struct ruleset* handled, uint32_t* enforced) {
  long version = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
  /* A kernel without it, or one that was started without it. */
  if (version < 1) return -2;
  handled->files = FIRST_FILE_RIGHTS;
  *enforced |= HEADRACE_ENFORCES_FILES;
  if (version >= 2) handled->files |= REFER;
  if (version >= 3) {
    handled->files |= TRUNCATE;
    *enforced |= HEADRACE_ENFORCES_TRUNCATION;
  }
  if (version >= 4) {
    handled->network = allowed->any_port ? BIND_PORT : BIND_PORT | CONNECT_PORT;
    *enforced |= HEADRACE_ENFORCES_PORTS;
  }
  if (version >= 5) {
    handled->files |= DEVICE;
    *enforced |= HEADRACE_ENFORCES_DEVICES;
  }
  if (version >= 6) {
    handled->scope = SCOPE_SOCKETS | SCOPE_SIGNALS;
    *enforced |= HEADRACE_ENFORCES_SCOPE;
  }
  /* An older kernel knows a shorter structure, and takes a longer one whose rest is zero. */
  return (int)syscall(CREATE_RULESET, handled, sizeof *handled, 0);
}

static int allow_path(int ruleset, const char* path, uint64_t rights) {
  int target = open(path, O_PATH | O_CLOEXEC);
  /* What is not there cannot be reached, whatever is allowed. */
  if (target < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
  struct stat found;
  int code = fstat(target, &found);
  if (code == 0) {
    if (!S_ISDIR(found.st_mode)) rights &= RIGHTS_OF_FILES;
    struct path_rule rule = {rights, target};
    code = (int)syscall(ADD_RULE, ruleset, RULE_PATH, &rule, 0);
  }
  int error = errno;
  close(target);
  errno = error;
  return code;
}

static int allow_all(int ruleset, const headrace_confinement* allowed, const struct ruleset* handled) {
  uint64_t reading = (EXECUTE | READ_FILE | READ_DIR) & handled->files;
  for (size_t index = 0; index < allowed->n_readable; index++) {
    if (allow_path(ruleset, allowed->readable[index], reading) != 0) return -1;
  }
  /* Devices are never commanded, and nothing that is written is run. */
  uint64_t writing = handled->files & ~(DEVICE | EXECUTE);
  for (size_t index = 0; index < allowed->n_writable; index++) {
    if (allow_path(ruleset, allowed->writable[index], writing) != 0) return -1;
  }
  if (!(handled->network & CONNECT_PORT)) return 0;
  for (size_t index = 0; index < allowed->n_ports; index++) {
    struct port_rule rule = {CONNECT_PORT, allowed->ports[index]};
    if (syscall(ADD_RULE, ruleset, RULE_PORT, &rule, 0) != 0) return -1;
  }
  return 0;
}

int headrace_restrict_reach(const headrace_confinement* allowed, uint32_t* enforced) {
  struct ruleset handled = {0, 0, 0};
  int ruleset = make_ruleset(allowed, &handled, enforced);
  if (ruleset == -2) return 0;
  if (ruleset < 0) return -1;
  int code = allow_all(ruleset, allowed, &handled);
  if (code == 0) code = (int)syscall(RESTRICT_SELF, ruleset, 0);
  int error = errno;
  close(ruleset);
  errno = error;
  return code;
}
