/* Confines the calling process to what it was allowed, for the rest of its life: a worker that runs a stranger's
 * plugin.
 *
 * Called once, before the process has a second thread: the kernel confines the calling thread and those that it starts.
 * What cannot be enforced by this kernel is told, and everything else is enforced all the same; a step that fails where
 * it ought to work ends the whole with an error, and the caller must not go on.
 *
 * Left to the caller: the environment and the descriptors that the process is started with. */
#ifndef HEADRACE_SANDBOX_H
#define HEADRACE_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A number that states no limit. */
#define HEADRACE_UNLIMITED UINT64_MAX

/* What a process may do. Borrowed during the call. */
typedef struct headrace_confinement {
  /* Paths that may be read, files of which may be executed or mapped as code, with everything below. One that does not
   * exist is left out. */
  const char* const* readable;
  size_t n_readable;
  /* Paths that may be read, written, and have things made and removed in them. */
  const char* const* writable;
  size_t n_writable;
  /* TCP ports that may be connected to, on any host. */
  const uint16_t* ports;
  size_t n_ports;
  int any_port;   /* every port may be connected to, and names may be looked up by UDP */
  int no_network; /* no socket but local ones can be made at all */

  uint64_t memory_bytes; /* of address space that can be written, or HEADRACE_UNLIMITED */
  uint64_t cpu_seconds;
  uint64_t open_files;
  uint64_t file_bytes; /* the size of a file that it writes */

  /* The user and group to become, if the process is root's; 0 leaves it as it is. */
  uint32_t user;
  uint32_t group;
  /* The process that started this one: its end ends this one too. 0: nobody. */
  int32_t parent;
} headrace_confinement;

/* What can be enforced, as bits. */
#define HEADRACE_ENFORCES_FILES 1u
#define HEADRACE_ENFORCES_TRUNCATION 2u
#define HEADRACE_ENFORCES_PORTS 4u
#define HEADRACE_ENFORCES_DEVICES 8u
#define HEADRACE_ENFORCES_SCOPE 16u /* signals to others, and abstract local sockets of others */
#define HEADRACE_ENFORCES_CALLS 32u
#define HEADRACE_ENFORCES_USER 64u
#define HEADRACE_ENFORCES_ALL 127u

typedef struct headrace_confined {
  uint32_t enforced;
  const char* failed_step; /* a constant; NULL if everything succeeded */
  int error;               /* the errno of that step */
} headrace_confined;

/* 0, or -1 with `failed_step` and `error`: then the process is confined in part, and has to end. */
int headrace_confine(const headrace_confinement* allowed, headrace_confined* result);

/* What one bit stands for, for a person; a constant. */
const char* headrace_enforcement(uint32_t bit);

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_SANDBOX_H */
