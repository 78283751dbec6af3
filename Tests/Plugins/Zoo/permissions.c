/* Attempts at what a manifest has to declare, or cannot. Each is made once, undone at once, and does nothing with what
 * it got: a sandbox that lets it pass is told so in the log, and has lost nothing. One that stops it with an errno sees
 * a failure with that number as `vendor_code`. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zoo.h"

/* The error of a function that returns a descriptor, which is closed. */
static int opened(int descriptor) {
  if (descriptor < 0) return errno;
  close(descriptor);
  return 0;
}

/* Files. */

static headrace_status read_file(struct visit* visit) {
  const char* path = visit->settings->path;
  return attempted(visit, opened(open(path[0] ? path : "/etc/passwd", O_RDONLY | O_CLOEXEC)));
}

/* A file that is there is not touched. */
static headrace_status write_file(struct visit* visit) {
  char made_up[64];
  const char* path = visit->settings->path;
  snprintf(made_up, sizeof made_up, "/tmp/headrace-zoo-%d", (int)getpid());
  if (!path[0]) path = made_up;
  int code = opened(open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (code == 0) unlink(path);
  return attempted(visit, code);
}

static headrace_status follow_link(struct visit* visit) {
  char link[1100];
  if (!visit->settings->path[0]) return fail(visit, HEADRACE_INVALID_CONFIG, "follow_link needs a folder as 'path'");
  snprintf(link, sizeof link, "%s/zoo-link-%d", visit->settings->path, (int)getpid());
  if (symlink("/etc/passwd", link) != 0) return attempted(visit, errno);
  int code = opened(open(link, O_RDONLY | O_CLOEXEC));
  unlink(link);
  return attempted(visit, code);
}

static headrace_status list_root(struct visit* visit) {
  DIR* root = opendir("/");
  if (!root) return attempted(visit, errno);
  errno = 0;
  int code = readdir(root) ? 0 : errno;
  closedir(root);
  return attempted(visit, code);
}

/* Network: of this machine alone. */

static struct sockaddr_in local_address(int64_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/* That nobody listens is an answer of the network, which was reached. */
static int connect_code(int handle, const struct sockaddr_in* address) {
  if (connect(handle, (const struct sockaddr*)address, sizeof *address) == 0) return 0;
  if (errno == ECONNREFUSED) return 0;
  if (errno != EINPROGRESS) return errno;
  struct pollfd ready = {.fd = handle, .events = POLLOUT};
  return poll(&ready, 1, 1000) < 0 ? errno : 0;
}

static headrace_status connect_tcp(struct visit* visit) {
  struct sockaddr_in address = local_address(visit->settings->port);
  int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (handle < 0) return attempted(visit, errno);
  int code = connect_code(handle, &address);
  close(handle);
  return attempted(visit, code);
}

static headrace_status send_udp(struct visit* visit) {
  struct sockaddr_in address = local_address(visit->settings->port);
  int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (handle < 0) return attempted(visit, errno);
  ssize_t sent = sendto(handle, "zoo", 3, 0, (struct sockaddr*)&address, sizeof address);
  int code = sent < 0 ? errno : 0;
  close(handle);
  return attempted(visit, code);
}

static headrace_status listen_tcp(struct visit* visit) {
  struct sockaddr_in address = local_address(0);
  int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return attempted(visit, errno);
  int code = 0;
  if (bind(handle, (struct sockaddr*)&address, sizeof address) != 0 || listen(handle, 1) != 0) code = errno;
  close(handle);
  return attempted(visit, code);
}

/* A name that is no file: rules for paths do not see it. */
static headrace_status listen_local(struct visit* visit) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "headrace-zoo-%d", (int)getpid());
  int handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return attempted(visit, errno);
  int code = 0;
  if (bind(handle, (struct sockaddr*)&address, sizeof address) != 0 || listen(handle, 1) != 0) code = errno;
  close(handle);
  return attempted(visit, code);
}

static headrace_status raw_socket(struct visit* visit) {
  return attempted(visit, opened(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)));
}

static headrace_status netlink_socket(struct visit* visit) {
  return attempted(visit, opened(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0)));
}

/* Processes. */

static headrace_status spawn_process(struct visit* visit) {
  char name[] = "true";
  char* arguments[] = {name, NULL};
  char* environment[] = {NULL};
  pid_t child;
  int code = posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environment);
  if (code == 0) waitpid(child, NULL, 0);
  return attempted(visit, code);
}

/* 127 is the shell that could not be run. */
static headrace_status run_command(struct visit* visit) {
  errno = 0;
  int ending = system("exit 0");
  if (ending == 0) return attempted(visit, 0);
  return attempted(visit, ending < 0 ? errno : EACCES);
}

/* -1 if there is none but the first process. */
static pid_t parent(void) {
  pid_t id = getppid();
  return id > 1 ? id : -1;
}

/* The kernel lets go of the parent when the thread that seized it ends. */
static void* seize_parent(void* code) {
  *(int*)code = ptrace(PTRACE_SEIZE, parent(), NULL, NULL) < 0 ? errno : 0;
  return NULL;
}

static headrace_status trace_parent(struct visit* visit) {
  pthread_t thread;
  int result = 0;
  if (parent() < 0) return attempted(visit, ESRCH);
  int code = pthread_create(&thread, NULL, seize_parent, &result);
  if (code) return attempted(visit, code);
  pthread_join(thread, NULL);
  return attempted(visit, result);
}

/* A real signal, but one that is ignored by whoever has not asked for it. */
static headrace_status signal_parent(struct visit* visit) {
  if (parent() < 0) return attempted(visit, ESRCH);
  return attempted(visit, kill(parent(), SIGURG) != 0 ? errno : 0);
}

/* The signal 0 asks for the right alone. */
static headrace_status signal_everyone(struct visit* visit) { return attempted(visit, kill(-1, 0) != 0 ? errno : 0); }

static int open_of_parent(const char* file, int mode) {
  char path[64];
  if (parent() < 0) return ESRCH;
  snprintf(path, sizeof path, "/proc/%d/%s", (int)parent(), file);
  return opened(open(path, mode | O_CLOEXEC));
}

static headrace_status parent_environment(struct visit* visit) {
  return attempted(visit, open_of_parent("environ", O_RDONLY));
}

static headrace_status parent_memory(struct visit* visit) { return attempted(visit, open_of_parent("mem", O_RDWR)); }

/* Address 0 has no byte to be read: EFAULT says that the right was there. */
static headrace_status peek_parent(struct visit* visit) {
  char byte;
  struct iovec here = {&byte, 1}, there = {NULL, 1};
  if (parent() < 0) return attempted(visit, ESRCH);
  int code = process_vm_readv(parent(), &here, 1, &there, 1, 0) < 0 ? errno : 0;
  return attempted(visit, code == EFAULT ? 0 : code);
}

static headrace_status steal_descriptor(struct visit* visit) {
  if (parent() < 0) return attempted(visit, ESRCH);
  int handle = (int)syscall(SYS_pidfd_open, parent(), 0);
  if (handle < 0) return attempted(visit, errno);
  int code = opened((int)syscall(SYS_pidfd_getfd, handle, 2, 0));
  close(handle);
  return attempted(visit, code);
}

/* In a child, so that the process stays where it is. The child tells the errno by its ending. */
static headrace_status leave_namespace(struct visit* visit) {
  pid_t child = fork();
  if (child < 0) return attempted(visit, errno);
  if (child == 0) _exit(unshare(CLONE_NEWUSER) != 0 ? errno : 0);
  int ending = 0;
  while (waitpid(child, &ending, 0) < 0 && errno == EINTR) continue;
  return attempted(visit, WIFEXITED(ending) ? WEXITSTATUS(ending) : EPERM);
}

static headrace_status become_root(struct visit* visit) {
  return attempted(visit, syscall(SYS_setresuid, 0, 0, 0) != 0 ? errno : 0);
}

/* For the thread, and back again. */
static headrace_status real_time(struct visit* visit) {
  struct sched_param before = {0}, wanted = {.sched_priority = 1};
  int policy = SCHED_OTHER;
  pthread_getschedparam(pthread_self(), &policy, &before);
  int code = pthread_setschedparam(pthread_self(), SCHED_FIFO, &wanted);
  if (code == 0) pthread_setschedparam(pthread_self(), policy, &before);
  return attempted(visit, code);
}

/* The kernel. */

static headrace_status load_bpf(struct visit* visit) {
  union bpf_attr map;
  memset(&map, 0, sizeof map);
  map.map_type = BPF_MAP_TYPE_ARRAY;
  map.key_size = map.value_size = 4;
  map.max_entries = 1;
  return attempted(visit, opened((int)syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map)));
}

static headrace_status measure(struct visit* visit) {
  struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof event, .config = PERF_COUNT_SW_DUMMY};
  return attempted(visit, opened((int)syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
}

static headrace_status handle_faults(struct visit* visit) {
  return attempted(visit, opened((int)syscall(SYS_userfaultfd, O_CLOEXEC)));
}

/* What a ring does is not seen by a filter of system calls. The kernel fills in the parameters, 120 bytes. */
static headrace_status open_ring(struct visit* visit) {
  uint64_t parameters[15] = {0};
  return attempted(visit, opened((int)syscall(SYS_io_uring_setup, 1, parameters)));
}

static headrace_status read_keys(struct visit* visit) {
  enum { GET_ID = 0, SESSION = -3 };
  return attempted(visit, syscall(SYS_keyctl, GET_ID, SESSION, 0) < 0 ? errno : 0);
}

static headrace_status system_v_memory(struct visit* visit) {
  int segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  if (segment < 0) return attempted(visit, errno);
  shmctl(segment, IPC_RMID, NULL);
  return attempted(visit, 0);
}

static headrace_status writable_code(struct visit* visit) {
  void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return attempted(visit, errno);
  munmap(page, 4096);
  return attempted(visit, 0);
}

/* Of the host. */

static headrace_status read_secret(struct visit* visit) {
  const headrace_host_secrets* secrets = host_service(visit->host, HEADRACE_HOST_SECRETS);
  headrace_error error = {.struct_size = sizeof error, .retry_after_ns = HEADRACE_NO_RETRY_AFTER};
  headrace_buffer secret = {.struct_size = sizeof secret};
  if (!secrets) return attempted(visit, ENOSYS);
  headrace_status status = secrets->read(visit->host, text_of("env:PATH"), &secret, &error);
  if (secret.release) secret.release(&secret);
  if (error.release) error.release(&error);
  return attempted(visit, status == HEADRACE_OK ? 0 : EACCES);
}

static const char once[] = "one attempt", undone[] = "one attempt, undone at once";

const struct misbehaviour permission_breaches[] = {
    {"read_file", "opens `path`, or /etc/passwd", once, WITH_OUTCOME, read_file, NULL},
    {"write_file", "makes `path`, or a file in /tmp", undone, WITH_OUTCOME, write_file, NULL},
    {"follow_link", "opens /etc/passwd through a link in the folder `path`", undone, WITH_OUTCOME, follow_link, NULL},
    {"list_root", "lists the folder /", once, WITH_OUTCOME, list_root, NULL},
    {"connect_tcp", "connects to `port` (9) of this machine", "one attempt, 1 s", WITH_OUTCOME, connect_tcp, NULL},
    {"send_udp", "sends 3 bytes to `port` (9) of this machine", once, WITH_OUTCOME, send_udp, NULL},
    {"listen_tcp", "listens on any port of 127.0.0.1", undone, WITH_OUTCOME, listen_tcp, NULL},
    {"listen_local", "listens on an abstract Unix socket", undone, WITH_OUTCOME, listen_local, NULL},
    {"raw_socket", "opens a raw socket", undone, WITH_OUTCOME, raw_socket, NULL},
    {"netlink_socket", "opens a netlink socket", undone, WITH_OUTCOME, netlink_socket, NULL},
    {"spawn_process", "runs /bin/true with posix_spawn", "one child, which ends at once", WITH_OUTCOME, spawn_process,
     NULL},
    {"run_command", "runs a shell with system()", "one child, which ends at once", WITH_OUTCOME, run_command, NULL},
    {"trace_parent", "traces the parent with ptrace", undone, WITH_OUTCOME, trace_parent, NULL},
    {"signal_parent", "sends the parent SIGURG, which by itself does nothing", "one signal", WITH_OUTCOME,
     signal_parent, NULL},
    {"signal_everyone", "sends every process signal 0, which does nothing", once, WITH_OUTCOME, signal_everyone, NULL},
    {"parent_environment", "opens /proc/<parent>/environ", undone, WITH_OUTCOME, parent_environment, NULL},
    {"parent_memory", "opens /proc/<parent>/mem to write", undone, WITH_OUTCOME, parent_memory, NULL},
    {"peek_parent", "reads the parent's memory, where there is none", once, WITH_OUTCOME, peek_parent, NULL},
    {"steal_descriptor", "duplicates a descriptor of the parent", undone, WITH_OUTCOME, steal_descriptor, NULL},
    {"leave_namespace", "makes a user namespace in a child", "one child, which ends at once", WITH_OUTCOME,
     leave_namespace, NULL},
    {"become_root", "sets its user to 0", once, WITH_OUTCOME, become_root, NULL},
    {"real_time", "makes its thread a real-time one", undone, WITH_OUTCOME, real_time, NULL},
    {"load_bpf", "makes a BPF map", undone, WITH_OUTCOME, load_bpf, NULL},
    {"measure", "opens a performance counter", undone, WITH_OUTCOME, measure, NULL},
    {"handle_faults", "opens a userfaultfd", undone, WITH_OUTCOME, handle_faults, NULL},
    {"open_ring", "sets up an io_uring", undone, WITH_OUTCOME, open_ring, NULL},
    {"read_keys", "asks for the session's keyring", once, WITH_OUTCOME, read_keys, NULL},
    {"system_v_memory", "makes a segment of System V memory", undone, WITH_OUTCOME, system_v_memory, NULL},
    {"writable_code", "maps a page that it can write and run", undone, WITH_OUTCOME, writable_code, NULL},
    {"read_secret", "asks the host for the undeclared secret env:PATH", once, WITH_HOST, read_secret, NULL},
    {0}};
