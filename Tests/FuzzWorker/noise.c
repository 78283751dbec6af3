/* What nobody asked for. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"

/* Requests, as the host numbers them; from SECRET on they are answered. */
enum { LOG, ADD, SET, SECRET, READ_STATE, WRITE_STATE, OUTPUT, REQUESTS_KNOWN };

bool send_with_descriptors(int socket, const struct frame* frame, int count) {
  char control[CMSG_SPACE(64 * sizeof(int))] = {0};
  uint32_t length = (uint32_t)frame->count;
  struct iovec parts[] = {{&length, sizeof length}, {frame->bytes, frame->count}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2, .msg_control = control};
  if (count > 64) count = 64;
  message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
  struct cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
  for (int index = 0; index < count; index++)
    ((int*)CMSG_DATA(head))[index] = index % 2 ? OWN_SEGMENT : FIRST_SOCKET + index % 3;
  ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  if (sent == (ssize_t)(frame->count + sizeof length)) return true;
  if (sent < (ssize_t)sizeof length) return false;
  size_t done = (size_t)sent - sizeof length;
  while (done < frame->count && (sent = send(socket, frame->bytes + done, frame->count - done, MSG_NOSIGNAL)) > 0)
    done += (size_t)sent;
  return done == frame->count;
}

static void add_text(struct frame* frame, const char* text, size_t length, struct dice* dice) {
  uint32_t told = one_in(dice, 12) ? (uint32_t)roll(dice) : (uint32_t)length;
  size_t place = frame->count;
  resize(frame, place + 4 + length);
  memcpy(frame->bytes + place, &told, 4);
  memcpy(frame->bytes + place + 4, text, length);
}

static void add_number(struct frame* frame, uint64_t number, size_t width) {
  size_t place = frame->count;
  resize(frame, place + width);
  memcpy(frame->bytes + place, &number, width);
}

static void add_odd_text(struct frame* frame, struct dice* dice) {
  static const char* const texts[] = {"", "lied", "../../../etc/passwd", "env:PATH", "env:", "\xC3\x28 \xF0\x9F", "a/b",
                                      "%s%n", "\x1b[2J", "metric{label=\"x\"}"};
  if (one_in(dice, 10)) {
    static const char zeros[4096];
    add_text(frame, zeros, sizeof zeros, dice);
    return;
  }
  const char* text = texts[pick(dice, sizeof texts / sizeof *texts)];
  add_text(frame, text, strlen(text), dice);
}

static void make_request(struct frame* frame, struct dice* dice, int kind) {
  static const double numbers[] = {0.0, -0.0, 1e308, -1e308};
  static const int64_t amounts[] = {INT64_MAX, INT64_MIN, 1, -1};
  add_number(frame, (uint64_t)kind, 1);
  switch (kind) {
    case LOG:
      add_number(frame, pick(dice, 3) ? pick(dice, 6) : roll(dice), one_in(dice, 2) ? 4 : 1);
      add_odd_text(frame, dice);
      add_number(frame, pick(dice, 3), 4);
      add_odd_text(frame, dice), add_odd_text(frame, dice);
      break;
    case ADD:
      add_number(frame, (uint64_t)amounts[pick(dice, 4)], 8);
      add_odd_text(frame, dice);
      break;
    case SET: {
      uint64_t bits = one_in(dice, 2) ? roll(dice) : 0;
      if (bits == 0) memcpy(&bits, &numbers[pick(dice, 4)], 8);
      add_odd_text(frame, dice);
      add_number(frame, bits, 8);
      break;
    }
    case OUTPUT:
      add_number(frame, one_in(dice, 2) ? roll(dice) : pick(dice, 3), 8);
      add_odd_text(frame, dice);
      break;
    default:
      add_odd_text(frame, dice);
      if (kind == WRITE_STATE) add_odd_text(frame, dice);
  }
  if (one_in(dice, 8)) resize(frame, pick(dice, frame->count + 8));
}

size_t send_requests(int socket, struct dice* dice) {
  size_t answers = 0;
  for (size_t left = 1 + pick(dice, 24); left > 0; left--) {
    struct frame frame = {NULL, 0};
    /* One that there is not ends the worker, so it is rare; a malformed line of the log does, too. */
    int kind = one_in(dice, 60) ? (int)pick(dice, 256) : (int)(1 + pick(dice, OUTPUT));
    if (one_in(dice, 30)) kind = LOG;
    make_request(&frame, dice, kind);
    bool is_sent = send_if_room(socket, &frame);
    if (is_sent && frame.count > 0 && frame.bytes[0] >= SECRET && frame.bytes[0] < REQUESTS_KNOWN) answers += 1;
    free(frame.bytes);
    if (!is_sent) break;
  }
  return answers;
}

void flood(int socket, struct dice* dice) {
  struct frame line = {NULL, 0};
  add_number(&line, LOG, 1);
  add_number(&line, 1, 4);
  add_number(&line, 8, 4);
  add_number(&line, roll(dice) & 0x0F0F0F0F0F0F0F0F, 8);
  add_number(&line, 0, 4);
  for (int left = 5000; left > 0 && send_if_room(socket, &line); left--) continue;
  free(line.bytes);
  for (int left = 200; left > 0; left--) fprintf(stderr, "fuzz-worker: %080d\n", left);
}
