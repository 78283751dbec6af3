/* Ways to change the process under its host. */
#define _GNU_SOURCE
#include <errno.h>
#include <fenv.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zoo.h"

/* The error of a function that returns -1. */
static int code_of(int result) { return result < 0 ? errno : 0; }

/* By the number of the call: not every C library has it. */
static headrace_status close_descriptors(struct visit* visit) {
  return attempted(visit, code_of((int)syscall(SYS_close_range, 3u, ~0u, 0u)));
}

static headrace_status close_standard(struct visit* visit) {
  for (int descriptor = 0; descriptor < 3; descriptor++) close(descriptor);
  return attempted(visit, 0);
}

static void swallow(int signal) { (void)signal; }

static headrace_status install_handlers(struct visit* visit) {
  static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGABRT, SIGALRM};
  struct sigaction action = {.sa_handler = swallow};
  for (size_t index = 0; index < sizeof signals / sizeof *signals; index++)
    if (sigaction(signals[index], &action, NULL) != 0) return attempted(visit, errno);
  struct sigaction ignored = {.sa_handler = SIG_IGN};
  return attempted(visit, code_of(sigaction(SIGCHLD, &ignored, NULL)));
}

static headrace_status mask_signals(struct visit* visit) {
  sigset_t all;
  sigfillset(&all);
  return attempted(visit, pthread_sigmask(SIG_SETMASK, &all, NULL));
}

static headrace_status start_alarm(struct visit* visit) {
  struct itimerval timer = {.it_value = {.tv_usec = 200000}};
  return attempted(visit, code_of(setitimer(ITIMER_REAL, &timer, NULL)));
}

static headrace_status change_folder(struct visit* visit) { return attempted(visit, code_of(chdir("/"))); }

static headrace_status change_environment(struct visit* visit) {
  if (setenv("PATH", "/nowhere", 1) != 0 || setenv("TZ", "Pacific/Apia", 1) != 0) return attempted(visit, errno);
  return attempted(visit, code_of(setenv("HEADRACE_ZOO_WAS_HERE", "1", 1)));
}

static headrace_status clear_environment(struct visit* visit) { return attempted(visit, clearenv() ? EINVAL : 0); }

static headrace_status change_umask(struct visit* visit) {
  umask(0);
  return attempted(visit, 0);
}

/* The first that the machine has; a comma for a point if it can be. */
static headrace_status change_locale(struct visit* visit) {
  static const char* const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR", "C.UTF-8", "C"};
  for (size_t index = 0; index < sizeof locales / sizeof *locales; index++)
    if (setlocale(LC_ALL, locales[index])) return attempted(visit, 0);
  return attempted(visit, ENOENT);
}

static headrace_status become_nice(struct visit* visit) {
  errno = 0;
  return attempted(visit, nice(19) == -1 ? errno : 0);
}

static headrace_status lower_limits(struct visit* visit) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return attempted(visit, errno);
  limit.rlim_cur = 16;
  return attempted(visit, code_of(setrlimit(RLIMIT_NOFILE, &limit)));
}

static headrace_status raise_limits(struct visit* visit) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return attempted(visit, errno);
  limit.rlim_cur = limit.rlim_max = limit.rlim_max + 1;
  return attempted(visit, code_of(setrlimit(RLIMIT_NOFILE, &limit)));
}

/* Waits a second for whoever reads and does not read. */
static headrace_status write_line(struct visit* visit, int descriptor) {
  static const char line[] = "{\"zoo\": \"this is not for you\"}\n";
  struct pollfd ready = {.fd = descriptor, .events = POLLOUT};
  if (poll(&ready, 1, 1000) != 1 || !(ready.revents & POLLOUT)) return attempted(visit, EAGAIN);
  return attempted(visit, write(descriptor, line, sizeof line - 1) < 0 ? errno : 0);
}

static headrace_status write_output(struct visit* visit) { return write_line(visit, 1); }

static headrace_status write_errors(struct visit* visit) { return write_line(visit, 2); }

static headrace_status read_input(struct visit* visit) {
  char taken[4096];
  struct pollfd ready = {.fd = 0, .events = POLLIN};
  int n = poll(&ready, 1, (int)visit->settings->seconds * 1000);
  if (n <= 0 || (ready.revents & POLLNVAL)) return attempted(visit, n ? EBADF : EAGAIN);
  return attempted(visit, read(0, taken, sizeof taken) < 0 ? errno : 0);
}

/* The handlers run after the settings are gone. */
static int64_t exit_delay_ns;

static void speak_at_exit(void) {
  static const char line[] = "zoo: a last word\n";
  if (write(2, line, sizeof line - 1) < 0) return;
}

static void sleep_at_exit(void) { sleep_ns(exit_delay_ns); }

static void crash_at_exit(void) { abort(); }

static headrace_status register_exit(struct visit* visit, void (*handler)(void)) {
  exit_delay_ns = duration_ns(visit);
  return attempted(visit, atexit(handler) ? ENOMEM : 0);
}

static headrace_status speaking_exit(struct visit* visit) { return register_exit(visit, speak_at_exit); }

static headrace_status hanging_exit(struct visit* visit) { return register_exit(visit, sleep_at_exit); }

static headrace_status crashing_exit(struct visit* visit) { return register_exit(visit, crash_at_exit); }

static headrace_status change_rounding(struct visit* visit) {
  return attempted(visit, fesetround(FE_UPWARD) ? EINVAL : 0);
}

/* From now on an inexact result is a SIGFPE. */
static headrace_status trap_arithmetic(struct visit* visit) {
  return attempted(visit, feenableexcept(FE_INEXACT | FE_DIVBYZERO | FE_INVALID) == -1 ? EINVAL : 0);
}

static headrace_status rename_process(struct visit* visit) {
  return attempted(visit, code_of(prctl(PR_SET_NAME, "systemd")));
}

/* A grandchild in a session of its own, which nobody waits for. */
static headrace_status leave_child(struct visit* visit) {
  int64_t life = duration_ns(visit);
  pid_t child = fork();
  if (child < 0) return attempted(visit, errno);
  if (child == 0) {
    pid_t grandchild = fork();
    if (grandchild != 0) _exit(grandchild < 0);
    setsid();
    for (int descriptor = 0; descriptor < 1024; descriptor++) close(descriptor);
    sleep_ns(life);
    _exit(0);
  }
  int ending = 0;
  while (waitpid(child, &ending, 0) < 0 && errno == EINTR) continue;
  return attempted(visit, ending == 0 ? 0 : EAGAIN);
}

static headrace_status leave_group(struct visit* visit) { return attempted(visit, code_of(setpgid(0, 0))); }

static const char once[] = "once";

const struct misbehaviour process_changes[] = {
    {"close_descriptors", "closes every descriptor from 3 on", once, ANYWHERE, close_descriptors, NULL},
    {"close_standard", "closes descriptors 0 to 2", once, ANYWHERE, close_standard, NULL},
    {"install_handlers", "handles SIGTERM and eight others, and ignores SIGCHLD", once, ANYWHERE, install_handlers,
     NULL},
    {"mask_signals", "blocks every signal on the host's thread", once, ANYWHERE, mask_signals, NULL},
    {"start_alarm", "lets SIGALRM come 200 ms later", "one signal", ANYWHERE, start_alarm, NULL},
    {"change_folder", "changes to the folder /", once, ANYWHERE, change_folder, NULL},
    {"change_environment", "sets PATH, TZ and a variable of its own", once, ANYWHERE, change_environment, NULL},
    {"clear_environment", "removes every variable of the environment", once, ANYWHERE, clear_environment, NULL},
    {"change_umask", "sets the umask to 0", once, ANYWHERE, change_umask, NULL},
    {"change_locale", "sets a locale, with a decimal comma if the machine has one", once, ANYWHERE, change_locale,
     NULL},
    {"become_nice", "lowers the priority as far as it goes", once, ANYWHERE, become_nice, NULL},
    {"lower_limits", "allows the process 16 open files", once, ANYWHERE, lower_limits, NULL},
    {"raise_limits", "allows the process more open files than its hard limit", once, WITH_OUTCOME, raise_limits,
     NULL},
    {"write_output", "writes a line to standard output", "32 bytes, 1 s", ANYWHERE, write_output, NULL},
    {"write_errors", "writes a line to standard error", "32 bytes, 1 s", ANYWHERE, write_errors, NULL},
    {"read_input", "reads standard input", "4 KiB, `seconds`", ANYWHERE, read_input, NULL},
    {"exit_message", "writes to standard error when the process exits", "17 bytes", ANYWHERE, speaking_exit, NULL},
    {"exit_hang", "sleeps when the process exits", "`seconds`", ANYWHERE, hanging_exit, NULL},
    {"exit_crash", "aborts when the process exits", once, ANYWHERE, crashing_exit, NULL},
    {"change_rounding", "rounds floating point upwards on the host's thread", once, ANYWHERE, change_rounding, NULL},
    {"trap_arithmetic", "lets inexact floating point trap on the host's thread", once, ANYWHERE, trap_arithmetic,
     NULL},
    {"rename_process", "takes the name of another program", once, ANYWHERE, rename_process, NULL},
    {"leave_group", "leaves the process group", once, ANYWHERE, leave_group, NULL},
    {"leave_child", "leaves a grandchild in a session of its own", "`seconds`", ANYWHERE, leave_child, NULL},
    {0}};
