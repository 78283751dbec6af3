/* Lists of findings. */
#ifndef HEADRACE_KIT_DETECTOR_H
#define HEADRACE_KIT_DETECTOR_H

#include <headrace/ext/detector.h>
#include <headrace/kit/error.h>

/* Findings as they come: `kit_findings findings = {0};`. A failure is kept until the end and told there. */
typedef struct kit_findings {
  headrace_finding** items; /* each in one allocation with its texts */
  size_t n_items, capacity;
  bool has_failed;
} kit_findings;

/* Gives the findings up. Not needed after the end. */
static inline void kit_findings_abandon(kit_findings* findings) {
  while (findings->n_items > 0) free(findings->items[--findings->n_items]);
  free(findings->items);
  memset(findings, 0, sizeof *findings);
}

static inline bool kit_findings_grow_(kit_findings* findings) {
  if (findings->n_items < findings->capacity) return true;
  size_t capacity = findings->capacity ? 2 * findings->capacity : 8;
  void* grown = realloc(findings->items, capacity * sizeof *findings->items);
  if (!grown) return false;
  findings->items = (headrace_finding**)grown;
  findings->capacity = capacity;
  return true;
}

/* Adds a copy of `finding`, whose message is written like `printf`; its own is not looked at. */
KIT_PRINTF_(3, 4)
static inline void kit_add_finding(kit_findings* findings, const headrace_finding* finding, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char* message = kit_format_list(format, arguments);
  va_end(arguments);
  size_t rule = (size_t)finding->rule.length, column = (size_t)finding->column.length;
  size_t length = message ? strlen(message) : 0;
  headrace_finding* item = (headrace_finding*)malloc(sizeof *item + rule + column + length + 1);
  if (!message || !item || !kit_findings_grow_(findings)) {
    findings->has_failed = true;
    free(message);
    free(item);
    return;
  }
  kit_make_utf8(message, length);
  char* text = (char*)(item + 1);
  *item = *finding;
  item->struct_size = sizeof *item;
  item->rule.data = rule ? (char*)memcpy(text, finding->rule.data, rule) : NULL;
  item->column.data = column ? (char*)memcpy(text + rule, finding->column.data, column) : NULL;
  item->message.data = (char*)memcpy(text + rule + column, message, length);
  item->message.length = length;
  free(message);
  findings->items[findings->n_items++] = item;
}

static inline void kit_release_findings_(headrace_finding_list* list) {
  kit_findings findings = {(headrace_finding**)list->private_data, (size_t)list->n_items, 0, false};
  kit_findings_abandon(&findings);
  list->release = NULL;
}

/* Hands over what was added. HEADRACE_FATAL, with `out` left alone, if memory ran out on the way. OWNERSHIP: takes
 * `findings` in any case; the receiver releases `out` [any thread, also after destroy]. */
static inline headrace_status kit_end_findings(kit_findings* findings, headrace_finding_list* out,
                                               headrace_error* error) {
  if (findings->has_failed) {
    kit_findings_abandon(findings);
    return kit_no_memory(error);
  }
  headrace_finding_list list = {sizeof list, 0, NULL, findings->n_items, findings->items, kit_release_findings_};
  list.items = (const headrace_finding* const*)findings->items;
  kit_fill(out, &list, sizeof list);
  memset(findings, 0, sizeof *findings);
  return HEADRACE_OK;
}

#endif /* HEADRACE_KIT_DETECTOR_H */
