/* A seccomp filter: a program for the kernel's packet filter that looks at each system call's number and arguments. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "steps.h"

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#endif

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
/* Calls of the x32 ABI have this bit: another way to every call. */
#define X32 0x40000000u

/* Refused with EPERM, whatever their arguments. The numbers that a machine does not have are left out. */
static const int kRefused[] = {
    /* other programs */
    SYS_execve, SYS_execveat,
#ifdef SYS_fork
    SYS_fork, SYS_vfork,
#endif
    /* other processes' memory, descriptors and secrets */
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, 438 /* pidfd_getfd */, SYS_add_key,
    SYS_request_key, SYS_keyctl,
    /* other views of the system */
    SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, 428 /* open_tree */,
    429 /* move_mount */, 430 /* fsopen */, 431 /* fsconfig */, 432 /* fsmount */, 442 /* mount_setattr */,
    /* programs for the kernel, and ways around this filter */
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, 425 /* io_uring_setup */, 426, 427, SYS_init_module,
    SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_personality, SYS_seccomp,
    /* the whole machine */
    SYS_reboot, SYS_swapon, SYS_swapoff, SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_clock_settime,
    SYS_clock_adjtime, SYS_adjtimex, SYS_syslog, SYS_acct, SYS_quotactl,
    /* who it is, and how it is treated */
    SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_setfsuid,
    SYS_setfsgid, SYS_capset, SYS_setsid, SYS_setpgid,
    /* memory that no limit counts, and messages that outlive it */
    SYS_memfd_create, SYS_shmget, SYS_shmat, SYS_msgget, SYS_semget, SYS_mq_open,
    /* signals to whom the filter cannot tell */
    SYS_tkill, 424 /* pidfd_send_signal */,
};

/* A filter, as it grows. */
struct program {
  struct sock_filter steps[256];
  unsigned short count;
};

static void add(struct program* program, uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false) {
  struct sock_filter step = {code, if_true, if_false, value};
  program->steps[program->count++] = step;
}

static void load(struct program* program, size_t offset) {
  add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct program* program, uint32_t action) { add(program, BPF_RET | BPF_K, action, 0, 0); }

static void refuse(struct program* program, int error) { answer(program, SECCOMP_RET_ERRNO | (uint32_t)error); }

/* The next `skipped` steps are for the call of this number alone. The number is loaded. */
static void for_call(struct program* program, uint32_t number, uint8_t skipped) {
  add(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, skipped);
}

static void check_machine(struct program* program) {
  load(program, offsetof(struct seccomp_data, arch));
  add(program, BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0);
  answer(program, SECCOMP_RET_KILL_PROCESS);
  load(program, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
  add(program, BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1);
  answer(program, SECCOMP_RET_KILL_PROCESS);
#endif
}

/* Threads are made with clone, and so are processes: the flags tell. The arguments of clone3 lie in memory, where a
 * filter cannot look, so that it does not exist, and the C library falls back to clone. */
static void check_clone(struct program* program) {
  for_call(program, SYS_clone3, 1);
  refuse(program, ENOSYS);
  for_call(program, SYS_clone, 4);
  load(program, offsetof(struct seccomp_data, args[0]));
  add(program, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
  refuse(program, EPERM);
  answer(program, SECCOMP_RET_ALLOW);
}

/* Sockets by family: those of the internet if there is any network. Of local ones only pairs, which are another call:
 * behind the others are services of this machine that do whatever their user says, and Landlock does not see who
 * connects. */
static void check_socket(struct program* program, int no_network) {
  for_call(program, SYS_socket, no_network ? 1 : 9);
  if (no_network) {
    refuse(program, EACCES);
    return;
  }
  load(program, offsetof(struct seccomp_data, args[0]));
  add(program, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0);
  add(program, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0);
  refuse(program, EACCES);
  /* Streams and datagrams; the kinds that see other programs' packets are refused. */
  load(program, offsetof(struct seccomp_data, args[1]));
  add(program, BPF_ALU | BPF_AND | BPF_K, 0xF, 0, 0);
  add(program, BPF_JMP | BPF_JGT | BPF_K, SOCK_DGRAM, 1, 0);
  answer(program, SECCOMP_RET_ALLOW);
  refuse(program, EACCES);
}

/* Memory that is shared and nobody's file is not counted against the limit, so that there is none. */
static void check_memory(struct program* program) {
  for_call(program, SYS_mmap, 5);
  load(program, offsetof(struct seccomp_data, args[3]));
  add(program, BPF_ALU | BPF_AND | BPF_K, MAP_SHARED | MAP_ANONYMOUS, 0, 0);
  add(program, BPF_JMP | BPF_JEQ | BPF_K, MAP_SHARED | MAP_ANONYMOUS, 0, 1);
  refuse(program, EPERM);
  answer(program, SECCOMP_RET_ALLOW);
}

/* A signal to itself is how abort ends. */
static void check_signals(struct program* program) {
  static const int kSignals[] = {SYS_kill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo};
  uint32_t self = (uint32_t)getpid();
  for (size_t index = 0; index < sizeof kSignals / sizeof *kSignals; index++) {
    for_call(program, (uint32_t)kSignals[index], 4);
    load(program, offsetof(struct seccomp_data, args[0]));
    add(program, BPF_JMP | BPF_JEQ | BPF_K, self, 0, 1);
    answer(program, SECCOMP_RET_ALLOW);
    refuse(program, EPERM);
  }
}

static void build(struct program* program, const headrace_confinement* allowed) {
  check_machine(program);
  check_clone(program);
  for (size_t index = 0; index < sizeof kRefused / sizeof *kRefused; index++) {
    for_call(program, (uint32_t)kRefused[index], 1);
    refuse(program, EPERM);
  }
  check_signals(program);
  check_memory(program);
  check_socket(program, allowed->no_network);
  answer(program, SECCOMP_RET_ALLOW);
}

int headrace_restrict_calls(const headrace_confinement* allowed, uint32_t* enforced) {
#ifdef THIS_MACHINE
  struct program program = {.count = 0};
  build(&program, allowed);
  struct sock_fprog filter = {program.count, program.steps};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) != 0) {
    /* A kernel that was built without it. */
    return errno == EINVAL ? 0 : -1;
  }
  *enforced |= HEADRACE_ENFORCES_CALLS;
#else
  (void)allowed, (void)enforced;
#endif
  return 0;
}
