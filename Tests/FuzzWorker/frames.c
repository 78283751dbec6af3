/* Frames on sockets, and what lies in them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fuzz.h"

uint64_t roll(struct dice* dice) {
  uint64_t z = dice->state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

size_t pick(struct dice* dice, size_t below) { return below == 0 ? 0 : roll(dice) % below; }

bool one_in(struct dice* dice, size_t chances) { return pick(dice, chances) == 0; }

void resize(struct frame* frame, size_t count) {
  uint8_t* bytes = realloc(frame->bytes, count + 1);
  if (!bytes) abort();
  if (count > frame->count) memset(bytes + frame->count, 0, count - frame->count);
  frame->bytes = bytes;
  frame->count = count;
}

struct frame copy_of(const struct frame* frame) {
  struct frame copy = {NULL, 0};
  resize(&copy, frame->count);
  if (frame->count > 0) memcpy(copy.bytes, frame->bytes, frame->count);
  return copy;
}

static bool receive_all(int socket, uint8_t* bytes, size_t count) {
  while (count > 0) {
    ssize_t got = recv(socket, bytes, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    count -= (size_t)got;
  }
  return true;
}

bool receive_frame(int socket, struct frame* frame) {
  uint32_t length;
  if (!receive_all(socket, (uint8_t*)&length, sizeof length)) return false;
  resize(frame, length);
  return receive_all(socket, frame->bytes, length);
}

static bool send_all(int socket, const uint8_t* bytes, size_t count) {
  while (count > 0) {
    ssize_t sent = send(socket, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    count -= (size_t)sent;
  }
  return true;
}

bool send_claimed(int socket, const struct frame* frame, uint32_t claimed) {
  return send_all(socket, (const uint8_t*)&claimed, sizeof claimed) && send_all(socket, frame->bytes, frame->count);
}

bool send_frame(int socket, const struct frame* frame) { return send_claimed(socket, frame, (uint32_t)frame->count); }

bool send_if_room(int socket, const struct frame* frame) {
  struct frame whole = {NULL, 0};
  resize(&whole, frame->count + 4);
  uint32_t length = (uint32_t)frame->count;
  memcpy(whole.bytes, &length, 4);
  if (length > 0) memcpy(whole.bytes + 4, frame->bytes, length);
  ssize_t sent = send(socket, whole.bytes, whole.count, MSG_NOSIGNAL | MSG_DONTWAIT);
  /* The rest of a frame that has begun has to follow. */
  bool is_sent = sent > 0 && send_all(socket, whole.bytes + sent, whole.count - (size_t)sent);
  free(whole.bytes);
  return is_sent;
}

uint32_t number_at(const struct frame* frame, size_t place) {
  uint32_t number = 0;
  if (place + 4 <= frame->count) memcpy(&number, frame->bytes + place, 4);
  return number;
}

/* Behind a text or bytes, which begin with their length. */
static size_t behind_data(const struct frame* frame, size_t place) { return place + 4 + number_at(frame, place); }

static size_t behind_rejects(const struct frame* frame, size_t place) {
  uint32_t count = number_at(frame, place);
  place += 4;
  for (uint32_t index = 0; index < count && place < frame->count; index++) {
    place += 4 + 8;
    for (int part = 0; part < 3; part++) place = behind_data(frame, place);
  }
  return place;
}

struct answer understand(const struct frame* frame, int operation) {
  struct answer answer = {0};
  if (frame->count < 8) return answer;
  size_t place = 4 + 8 * (size_t)number_at(frame, 0);
  if (place + 8 > frame->count) return answer;
  answer.status = place;
  answer.payload = place + 4;
  answer.end = frame->count - 4;
  bool has_rows = (operation == READ || operation == APPLY) && number_at(frame, place) == 0;
  if (!has_rows || answer.payload >= answer.end) return answer;
  place = behind_rejects(frame, answer.payload);
  if (operation == READ) place = behind_data(frame, place + 8) + 8;
  if (place >= answer.end || frame->bytes[place] != 1) return answer;
  place += 1 + 8;
  answer.rows = place;
  answer.n_shapes = number_at(frame, place + 8);
  answer.shapes = place + 12;
  place = answer.shapes + answer.n_shapes;
  answer.n_buffers = number_at(frame, place);
  answer.buffers = place + 4;
  return answer;
}
