/* `fuzz-worker LIBRARY PARENT free|confined`, as the host starts a worker.
 *
 * HEADRACE_FUZZ_WORKER is the program that does the work, HEADRACE_FUZZ how to lie about it: `SEED TRICK AFTER TIMES`.
 * So many answers are passed on as they are, the first of which says that the library is loaded; then so many are lied
 * about. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

struct liar {
  struct dice dice;
  enum trick trick;
  size_t after;
  size_t times;
  struct memory memory;
  pid_t worker;
  int inner[CHANNELS];
  int operation;      /* of the call under way; -1 before the first */
  size_t call_left;   /* of what is attached to a call, in bytes */
  size_t answer_left; /* of what is attached to an answer */
  size_t owed;        /* answers to requests that the worker knows nothing of */
  struct frame last;  /* the answer before */
  bool is_scribbling;
};

static int outer(int channel) { return FIRST_SOCKET + channel; }

/* As the worker ended. */
static _Noreturn void end_as(pid_t worker) {
  int status = 0;
  if (waitpid(worker, &status, 0) == worker && WIFSIGNALED(status)) {
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 70);
}

static void start_worker(struct liar* liar, char** argv) {
  const char* program = getenv("HEADRACE_FUZZ_WORKER");
  int theirs[CHANNELS];
  char parent[16];
  snprintf(parent, sizeof parent, "%d", (int)getpid());
  char* arguments[] = {(char*)program, argv[1], parent, argv[3], NULL};
  for (int channel = 0; channel < CHANNELS; channel++) {
    int pair[2];
    if (!program || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) _exit(71);
    liar->inner[channel] = pair[0];
    theirs[channel] = pair[1];
  }
  liar->worker = fork();
  if (liar->worker == 0) {
    for (int channel = 0; channel < CHANNELS; channel++) dup2(theirs[channel], outer(channel));
    execv(program, arguments);
    _exit(72);
  }
  for (int channel = 0; channel < CHANNELS; channel++) close(theirs[channel]);
  /* A host that does not listen is waited for, but not for ever. */
  struct timeval patience = {.tv_sec = 2};
  for (int channel = 0; channel < CHANNELS; channel++)
    setsockopt(outer(channel), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

static void send_noise(struct dice* dice, const struct frame* pattern) {
  struct frame noise = one_in(dice, 2) && pattern->count > 0 ? copy_of(pattern) : (struct frame){NULL, 0};
  if (noise.count == 0) {
    resize(&noise, pick(dice, 200));
    for (size_t index = 0; index < noise.count; index++) noise.bytes[index] = (uint8_t)roll(dice);
  }
  send_if_room(outer(CALLS), &noise);
  free(noise.bytes);
}

/* Ends the process, in the middle of a frame or where it likes. */
static void quit(struct liar* liar, const struct frame* frame) {
  static const int signals[] = {SIGKILL, SIGSEGV, SIGABRT, SIGBUS};
  if (one_in(&liar->dice, 2)) {
    struct frame half = *frame;
    half.count = pick(&liar->dice, frame->count);
    send_claimed(outer(CALLS), &half, (uint32_t)frame->count);
  }
  if (one_in(&liar->dice, 3)) _exit((int)pick(&liar->dice, 4));
  kill(one_in(&liar->dice, 2) ? liar->worker : getpid(), signals[pick(&liar->dice, 4)]);
}

static void close_halves(struct dice* dice) {
  static const int ways[] = {SHUT_RD, SHUT_WR, SHUT_RDWR};
  int channel = (int)pick(dice, CHANNELS);
  if (one_in(dice, 3))
    close(outer(channel));
  else
    shutdown(outer(channel), ways[pick(dice, 3)]);
}

static bool send_changed(struct liar* liar, struct frame* frame) {
  struct dice* dice = &liar->dice;
  bool is_changed = change_frame(liar->trick, dice, frame, liar->operation);
  if (is_changed) liar->times -= 1;
  if (!send_frame(outer(CALLS), frame)) return false;
  size_t attached = number_at(frame, frame->count < 4 ? 0 : frame->count - 4);
  if (!is_changed || liar->trick != ATTACH || one_in(dice, 8)) return true;
  struct frame piece = {NULL, 0};
  resize(&piece, one_in(dice, 4) ? pick(dice, 4096) : attached & 0xFFFFF);
  for (size_t index = 0; index < piece.count && index < 4096; index++) piece.bytes[index] = (uint8_t)roll(dice);
  bool is_sent = send_frame(outer(CALLS), &piece);
  free(piece.bytes);
  return is_sent;
}

/* Sends an answer, and lies about it. False if nobody takes it. */
static bool lie(struct liar* liar, struct frame* frame) {
  struct dice* dice = &liar->dice;
  if (frame->count == 0) return send_frame(outer(CALLS), frame);
  switch (liar->trick) {
    case LENGTH: {
      uint32_t claimed = one_in(dice, 3) ? (uint32_t)roll(dice) : (uint32_t)(frame->count + pick(dice, 33) - 16);
      bool is_sent = send_claimed(outer(CALLS), frame, claimed);
      /* A host that waits for the rest is not always kept waiting. */
      if (!one_in(dice, 4)) usleep(10000), _exit(0);
      liar->times -= 1;
      return is_sent;
    }
    case REPEAT:
      for (size_t left = 1 + pick(dice, 4); left > 0; left--) send_if_room(outer(CALLS), frame);
      break;
    case BABBLE:
      for (size_t left = 1 + pick(dice, 4); left > 0; left--) send_noise(dice, frame);
      break;
    case STALE:
      if (liar->last.count > 0) {
        liar->times -= 1;
        return send_frame(outer(CALLS), &liar->last);
      }
      return send_frame(outer(CALLS), frame);
    case REQUESTS: liar->owed += send_requests(outer(SERVICES), dice); break;
    case FLOOD: flood(outer(SERVICES), dice); break;
    case SCRIBBLE:
      if (!liar->is_scribbling) start_scribbling(liar->memory, roll(dice));
      liar->is_scribbling = true;
      return send_frame(outer(CALLS), frame);
    case HOLES:
      try_seals(liar->memory);
      punch_holes(liar->memory, dice);
      break;
    case DESCRIPTORS:
      liar->times -= 1;
      return send_with_descriptors(outer(CALLS), frame, 1 + (int)pick(dice, 64));
    case HALVES: close_halves(dice); break;
    case SILENCE: liar->times -= 1; return true;
    case QUIT: quit(liar, frame); break;
    default: return send_changed(liar, frame);
  }
  liar->times -= 1;
  return send_frame(outer(CALLS), frame);
}

static bool pass_answer(struct liar* liar, struct frame* frame) {
  if (liar->answer_left > 0) {
    liar->answer_left -= frame->count < liar->answer_left ? frame->count : liar->answer_left;
    return send_frame(outer(CALLS), frame);
  }
  liar->answer_left = number_at(frame, frame->count - 4);
  struct frame before = copy_of(frame);
  bool is_due = liar->after == 0 && liar->times > 0;
  if (liar->after > 0) liar->after -= 1;
  bool is_sent = is_due ? lie(liar, frame) : send_frame(outer(CALLS), frame);
  free(liar->last.bytes);
  liar->last = before;
  return is_sent;
}

static bool pass_call(struct liar* liar, const struct frame* frame) {
  if (liar->call_left > 0) {
    liar->call_left -= frame->count < liar->call_left ? frame->count : liar->call_left;
  } else if (frame->count > 4) {
    size_t place = 4 + 8 * (size_t)number_at(frame, 0);
    liar->operation = place < frame->count ? frame->bytes[place] : -1;
    liar->call_left = number_at(frame, frame->count - 4);
    if (liar->trick == EARLY && liar->after == 0 && liar->times > 0) {
      liar->times -= 1;
      send_noise(&liar->dice, &liar->last);
    }
  }
  return send_frame(liar->inner[CALLS], frame);
}

/* One frame of one socket. False if that is the end of it. */
static bool pass(struct liar* liar, int channel, bool is_from_host, struct frame* frame) {
  if (!receive_frame(is_from_host ? outer(channel) : liar->inner[channel], frame)) return false;
  if (channel == CALLS) return is_from_host ? pass_call(liar, frame) : pass_answer(liar, frame);
  if (is_from_host && channel == SERVICES && liar->owed > 0) {
    liar->owed -= 1;
    return true;
  }
  return send_frame(is_from_host ? liar->inner[channel] : outer(channel), frame);
}

static void serve(struct liar* liar) {
  struct frame frame = {NULL, 0};
  struct pollfd polled[2 * CHANNELS];
  for (int index = 0; index < 2 * CHANNELS; index++)
    polled[index] =
        (struct pollfd){.fd = index < CHANNELS ? outer(index) : liar->inner[index - CHANNELS], .events = POLLIN};
  while (poll(polled, 2 * CHANNELS, -1) >= 0) {
    for (int index = 0; index < 2 * CHANNELS; index++) {
      if (polled[index].revents == 0) continue;
      bool is_from_host = index < CHANNELS;
      if (pass(liar, index % CHANNELS, is_from_host, &frame)) continue;
      if (!is_from_host) end_as(liar->worker);
      if (index == CALLS) _exit(0);
      polled[index].fd = -1;
    }
  }
}

int main(int argc, char** argv) {
  struct liar liar = {.operation = -1};
  char trick[32] = "";
  unsigned long long seed = 0, after = 0, times = 0;
  const char* told = getenv("HEADRACE_FUZZ");
  if (argc != 4 || !told || sscanf(told, "%llu %31s %llu %llu", &seed, trick, &after, &times) != 4) return 64;
  liar.trick = trick_named(trick);
  if (liar.trick == TRICKS) return 64;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  liar.dice.state = seed;
  liar.after = (size_t)after;
  liar.times = (size_t)times;
  liar.memory = map_own_segment();
  start_worker(&liar, argv);
  serve(&liar);
  return 0;
}
