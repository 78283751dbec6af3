/* A worker that lies: it stands between the host and a real worker, and changes what that one says. See README.md. */
#ifndef HEADRACE_FUZZ_H
#define HEADRACE_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a worker finds open, as the host leaves it. */
enum { CALLS, SERVICES, CONTROL, CHANNELS };
enum { FIRST_SOCKET = 3, HOST_SEGMENT = 6, OWN_SEGMENT = 7 };

/* The operations whose answers are understood, as calls number them. */
enum { READ = 6, APPLY = 10 };

/* Random numbers (SplitMix64): all that a worker does follows from its seed. */
struct dice {
  uint64_t state;
};

uint64_t roll(struct dice* dice);
/* From 0 to `below` - 1; 0 for nothing. */
size_t pick(struct dice* dice, size_t below);
bool one_in(struct dice* dice, size_t chances);

/* A frame, without its length. */
struct frame {
  uint8_t* bytes;
  size_t count;
};

/* Waits for a whole frame. False once nobody sends any more. */
bool receive_frame(int socket, struct frame* frame);
/* Waits for room, but not for long. False if nobody takes it. */
bool send_frame(int socket, const struct frame* frame);
/* As many bytes of a frame that claims to have `claimed`. */
bool send_claimed(int socket, const struct frame* frame, uint32_t claimed);
/* Only if there is room for all of it. */
bool send_if_room(int socket, const struct frame* frame);
void resize(struct frame* frame, size_t count);
struct frame copy_of(const struct frame* frame);
uint32_t number_at(const struct frame* frame, size_t place);

/* Where the parts of an answer are; 0 for what it does not have. */
struct answer {
  size_t status;
  size_t payload;
  size_t rows;
  size_t shapes;
  size_t n_shapes;
  size_t buffers;
  size_t n_buffers;
  size_t end; /* where the size of its attachment is */
};

struct answer understand(const struct frame* frame, int operation);

/* One way of lying. */
enum trick {
  HONEST, FLIP, NUMBER, STATUS, TRUNCATE, EXTEND, LENGTH, LAYOUT, ROWS, SHAPES, RETURNED, ATTACH, REPEAT, EARLY, STALE,
  REQUESTS, FLOOD, SCRIBBLE, HOLES, DESCRIPTORS, HALVES, SILENCE, QUIT, BABBLE, TRICKS
};

/* The trick of this name, or TRICKS. */
enum trick trick_named(const char* name);

/* Changes an answer; false if the trick does not change frames or found nothing to change. */
bool change_frame(enum trick trick, struct dice* dice, struct frame* frame, int operation);

/* What is done to shared memory; threads of its own go on until the process ends. */
struct memory {
  uint8_t* bytes;
  size_t count;
};

struct memory map_own_segment(void);
void start_scribbling(struct memory memory, uint64_t seed);
/* Ends the process with a message if a seal does not hold. */
void try_seals(struct memory memory);
void punch_holes(struct memory memory, struct dice* dice);

/* Sends a frame with descriptors that nobody asked for. */
bool send_with_descriptors(int socket, const struct frame* frame, int count);

/* Requests of all kinds, with right and wrong contents. Returns how many the host will answer. */
size_t send_requests(int socket, struct dice* dice);
/* More than anybody reads, as far as there is room. */
void flood(int socket, struct dice* dice);

#endif
