/* Lies in an answer. */
#include <string.h>

#include "fuzz.h"

static const char* const names[TRICKS] = {
    "honest", "flip", "number", "status", "truncate", "extend", "length", "layout", "rows", "shapes", "returned",
    "attach", "repeat", "early", "stale", "requests", "flood", "scribble", "holes", "descriptors", "halves", "silence",
    "quit", "babble"};

enum trick trick_named(const char* name) {
  for (int trick = 0; trick < TRICKS; trick++)
    if (strcmp(names[trick], name) == 0) return (enum trick)trick;
  return TRICKS;
}

/* Numbers at which something ends, and those beside what was there. */
static uint64_t odd_number(struct dice* dice, uint64_t before) {
  static const uint64_t ends[] = {0, 1, 2, 7, 8, 15, 16, 63, 64, 255, 256, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000,
                                  0xFFFFFFFF, 1u << 20, 64u << 20, (64u << 20) - 1, 0x7FFFFFFFFFFFFFFF,
                                  0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0x3FFFFFFFFFFFFFFF};
  switch (pick(dice, 5)) {
    case 0: return before + 1;
    case 1: return before - 1;
    case 2: return before + pick(dice, 4096);
    case 3: return roll(dice);
    default: return ends[pick(dice, sizeof ends / sizeof *ends)];
  }
}

static void put(struct frame* frame, size_t place, uint64_t number, size_t width) {
  if (place + width <= frame->count) memcpy(frame->bytes + place, &number, width);
}

static void change_number(struct dice* dice, struct frame* frame, size_t place, size_t width) {
  uint64_t before = 0;
  if (place + width > frame->count) return;
  memcpy(&before, frame->bytes + place, width);
  put(frame, place, odd_number(dice, before), width);
}

/* Numbers of any width anywhere in what was returned: lengths, counts, texts, positions, columns, findings. */
static bool change_numbers(struct dice* dice, struct frame* frame, struct answer answer) {
  static const size_t widths[] = {1, 2, 4, 4, 4, 8, 8};
  if (answer.payload >= answer.end) return false;
  for (size_t left = 1 + pick(dice, 3); left > 0; left--) {
    size_t width = widths[pick(dice, sizeof widths / sizeof *widths)];
    change_number(dice, frame, answer.payload + pick(dice, answer.end - answer.payload), width);
  }
  return true;
}

/* A call ends in another way: a failure has a message, a code, a time to wait and details, here none. */
static bool change_status(struct dice* dice, struct frame* frame, struct answer answer) {
  static const char told[] = "lied \xFF about it";
  uint32_t status = one_in(dice, 4) ? (uint32_t)odd_number(dice, 0) : (uint32_t)pick(dice, 22);
  if (status < 2) {
    put(frame, answer.status, status, 4);
    return true;
  }
  size_t place = answer.status;
  resize(frame, place + 4 + 4 + sizeof told + 4 + 8 + 4 + 4);
  put(frame, place, status, 4);
  put(frame, place + 4, one_in(dice, 8) ? odd_number(dice, sizeof told) : sizeof told, 4);
  memcpy(frame->bytes + place + 8, told, sizeof told);
  place += 8 + sizeof told;
  put(frame, place, 0, 4);
  /* Not a time that a test would have to wait for. */
  static const int64_t pauses[] = {-1, 0, 1, INT64_MIN, INT64_MAX, INT64_MAX - 1, 1000000};
  put(frame, place + 4, (uint64_t)pauses[pick(dice, sizeof pauses / sizeof *pauses)], 8);
  put(frame, place + 12, 0, 4);
  put(frame, place + 16, 0, 4);
  return true;
}

static bool change_layout(struct dice* dice, struct frame* frame, struct answer answer) {
  if (answer.n_buffers == 0) return false;
  for (size_t left = 1 + pick(dice, 2); left > 0; left--) {
    size_t buffer = answer.buffers + 16 * pick(dice, answer.n_buffers);
    size_t other = answer.buffers + 16 * pick(dice, answer.n_buffers);
    switch (pick(dice, 4)) {
      case 0: change_number(dice, frame, buffer, 8); break;
      case 1: change_number(dice, frame, buffer + 8, 8); break;
      /* Another place that there is: right in all but what lies there. */
      case 2: put(frame, buffer, 16 * pick(dice, 4096), 8); break;
      default:
        if (other + 16 <= frame->count && buffer + 16 <= frame->count)
          memmove(frame->bytes + buffer, frame->bytes + other, 8);
    }
  }
  return true;
}

static bool change_returned(struct dice* dice, struct frame* frame) {
  uint8_t old[4096];
  if (frame->count > sizeof old) return false;
  size_t added = 1 + pick(dice, 200), had = frame->count;
  memcpy(old, frame->bytes, had);
  size_t after = 4 + 8 * (size_t)number_at(frame, 0);
  if (after > had) return false;
  resize(frame, had + 8 * added);
  memcpy(frame->bytes + after + 8 * added, old + after, had - after);
  for (size_t index = 0; index < added; index++) put(frame, after + 8 * index, odd_number(dice, index), 8);
  put(frame, 0, (after - 4) / 8 + added, 4);
  return true;
}

/* The size of what is attached, where nothing is, or less or more. */
static bool change_attachment(struct dice* dice, struct frame* frame, struct answer answer) {
  if (answer.rows > 0 && one_in(dice, 2)) {
    /* Rows that are said to be attached, with what was to say where they lie left behind it. */
    frame->bytes[answer.rows - 9] = 0;
    put(frame, answer.end, 1 + pick(dice, 4096), 4);
    return true;
  }
  change_number(dice, frame, answer.end, 4);
  return true;
}

static void flip_bits(struct dice* dice, struct frame* frame) {
  for (size_t left = 1 + pick(dice, 4); left > 0; left--)
    frame->bytes[pick(dice, frame->count)] ^= (uint8_t)(1u << pick(dice, 8));
}

static void extend(struct dice* dice, struct frame* frame) {
  size_t had = frame->count;
  resize(frame, had + 1 + pick(dice, one_in(dice, 8) ? 1u << 20 : 64));
  for (size_t place = had; place < frame->count && place < had + 64; place++) frame->bytes[place] = (uint8_t)roll(dice);
}

bool change_frame(enum trick trick, struct dice* dice, struct frame* frame, int operation) {
  struct answer answer = understand(frame, operation);
  if (answer.status == 0) return false;
  switch (trick) {
    case FLIP: flip_bits(dice, frame); return true;
    case NUMBER: return change_numbers(dice, frame, answer);
    case STATUS: return change_status(dice, frame, answer);
    case TRUNCATE: resize(frame, pick(dice, frame->count)); return true;
    case EXTEND: extend(dice, frame); return true;
    case LAYOUT: return change_layout(dice, frame, answer);
    case ROWS:
      if (answer.rows == 0) return false;
      change_number(dice, frame, answer.rows, 8);
      return true;
    case SHAPES:
      if (answer.n_shapes == 0) return false;
      change_number(dice, frame, one_in(dice, 4) ? answer.shapes - 4 : answer.shapes + pick(dice, answer.n_shapes), 1);
      return true;
    case RETURNED: return change_returned(dice, frame);
    case ATTACH: return change_attachment(dice, frame, answer);
    default: return false;
  }
}
