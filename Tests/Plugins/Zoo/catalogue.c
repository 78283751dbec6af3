/* All that there is, as one list. */
#include <stdio.h>
#include <string.h>

#include "zoo.h"

static const struct {
  const char* subject;
  const struct misbehaviour* items;
} subjects[] = {{"crashes", crashes},
                {"hangs", hangs},
                {"resources", resources},
                {"process", process_changes},
                {"arrow", arrow_lies},
                {"batches", batch_breaches},
                {"errors", error_breaches},
                {"listings", listing_breaches},
                {"permissions", permission_breaches},
                {"shared_memory", shared_memory_attacks},
                {"files", file_lies}};

enum { N_SUBJECTS = sizeof subjects / sizeof *subjects };

static const char* const place_names[N_PLACES] = {
    "negotiate", "init", "deinit", "get_extension", "create", "discover", "splits", "open",
    "read",      "ack",  "close",  "bind",          "apply",  "cancel",   "destroy", "release",
    "open_file", "write", "finish", "abort",        "get_format"};

const struct misbehaviour* find_misbehaviour(const char* name) {
  for (int subject = 0; subject < N_SUBJECTS; subject++)
    for (const struct misbehaviour* item = subjects[subject].items; item->name; item++)
      if (strcmp(item->name, name) == 0) return item;
  return NULL;
}

uint32_t find_place(const char* name) {
  for (int place = 0; place < N_PLACES; place++)
    if (strcmp(place_names[place], name) == 0) return 1u << place;
  return 0;
}

static void write_places(uint32_t places, char* out, size_t capacity) {
  size_t length = 0;
  for (int place = 0; place < N_PLACES; place++) {
    if (!(places & (1u << place))) continue;
    length += (size_t)snprintf(out + length, capacity - length, "%s%s", length ? " " : "", place_names[place]);
  }
}

int32_t headrace_zoo_item_at(uint64_t index, headrace_zoo_item* out) {
  uint64_t number = 0;
  for (int subject = 0; subject < N_SUBJECTS; subject++) {
    for (const struct misbehaviour* item = subjects[subject].items; item->name; item++, number++) {
      if (number != index) continue;
      out->name = item->name;
      out->subject = subjects[subject].subject;
      out->description = item->description;
      out->bound = item->bound;
      write_places(item->places, out->places, sizeof out->places);
      return 1;
    }
  }
  return 0;
}
