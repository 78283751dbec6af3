/* Ways not to come back. All end after `seconds`, which is 60 unless stated and 600 at most. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "zoo.h"

static headrace_status infinite_loop(struct visit* visit) {
  int64_t until = monotonic_ns() + duration_ns(visit);
  while (monotonic_ns() < until) continue;
  return HEADRACE_OK;
}

/* Locked by the thread itself; the second wait is the deadlock. */
static headrace_status deadlock(struct visit* visit) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += visit->settings->seconds;
  pthread_mutex_lock(&mutex);
  pthread_mutex_timedlock(&mutex, &until);
  pthread_mutex_unlock(&mutex);
  return HEADRACE_OK;
}

static headrace_status wait_on_pipe(struct visit* visit) {
  int ends[2];
  if (pipe(ends) != 0) return fail_with_code(visit, errno);
  struct pollfd never = {.fd = ends[0], .events = POLLIN};
  poll(&never, 1, (int)visit->settings->seconds * 1000);
  close(ends[0]);
  close(ends[1]);
  return HEADRACE_OK;
}

/* Two seconds too long, whatever the deadline is; `cancel` is heard. */
static headrace_status oversleep(struct visit* visit) {
  const headrace_call* call = visit->call;
  int64_t until = monotonic_ns() + duration_ns(visit);
  bool has_deadline = call->deadline_ns != HEADRACE_NO_DEADLINE;
  while (monotonic_ns() < until) {
    if (has_deadline && call->now(call) > call->deadline_ns + 2000000000) return HEADRACE_OK;
    if (call->is_cancelled(call) || (visit->instance && atomic_load(&visit->instance->is_cancelled)))
      return fail(visit, HEADRACE_CANCELLED, "cancelled");
    sleep_ns(5000000);
  }
  return HEADRACE_OK;
}

/* Ends at its deadline like a good one, and at no cancellation before. */
static headrace_status ignore_cancel(struct visit* visit) {
  const headrace_call* call = visit->call;
  int64_t until = monotonic_ns() + duration_ns(visit);
  while (monotonic_ns() < until) {
    if (call->deadline_ns != HEADRACE_NO_DEADLINE && call->now(call) >= call->deadline_ns)
      return fail(visit, HEADRACE_DEADLINE_EXCEEDED, "the time is up");
    sleep_ns(5000000);
  }
  return HEADRACE_OK;
}

static headrace_status sleep_long(struct visit* visit) {
  sleep_ns(duration_ns(visit));
  return HEADRACE_OK;
}

/* A child that was made before wakes the process up again. Without the child it does not stop. */
static headrace_status stop_process(struct visit* visit) {
  pid_t stopped = getpid();
  pid_t child = fork();
  if (child < 0) return fail_with_code(visit, errno);
  if (child == 0) {
    sleep_ns(duration_ns(visit));
    kill(stopped, SIGCONT);
    _exit(0);
  }
  kill(stopped, SIGSTOP);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  return HEADRACE_OK;
}

static const char bound[] = "`seconds`";

const struct misbehaviour hangs[] = {
    {"infinite_loop", "spins", bound, ANYWHERE, infinite_loop, NULL},
    {"deadlock", "waits for a mutex that it holds itself", bound, ANYWHERE, deadlock, NULL},
    {"wait_on_pipe", "waits for a pipe that nobody writes to", bound, ANYWHERE, wait_on_pipe, NULL},
    {"sleep_past_deadline", "comes back 2 s after its deadline with HEADRACE_OK", "`seconds`, or deadline + 2 s",
     WITH_CALL, oversleep, NULL},
    {"ignore_cancel", "sleeps until its deadline, cancelled or not", "`seconds`, or the deadline", WITH_CALL,
     ignore_cancel, NULL},
    {"ignore_everything", "sleeps past deadline and cancellation", bound, ANYWHERE, sleep_long, NULL},
    {"never_destroyed", "does not return from `destroy`", bound, AT_DESTROY, sleep_long, NULL},
    {"slow_release", "blocks in `release` of a batch", bound, AT_RELEASE, sleep_long, NULL},
    {"slow_cancel", "blocks in `cancel`", bound, AT_CANCEL, sleep_long, NULL},
    {"stop_process", "stops its whole process with SIGSTOP", "`seconds`, then a child sends SIGCONT", ANYWHERE,
     stop_process, NULL},
    {0}};
