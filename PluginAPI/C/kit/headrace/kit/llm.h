/* The answer of a language model. */
#ifndef HEADRACE_KIT_LLM_H
#define HEADRACE_KIT_LLM_H

#include <headrace/ext/draft/llm.h>
#include <headrace/kit/error.h>

static inline void kit_release_completion_(headrace_completion* completion) {
  free(completion->private_data);
  completion->private_data = NULL;
  completion->release = NULL;
}

/* The longest answer that the host takes. */
#define KIT_MOST_ANSWER_BYTES (4 << 20)

/* A text in which `value` stands in every place of `mark`, which is not empty; `*length` is set to its length, and a
 * NUL follows it. NULL if there is no memory. OWNERSHIP: the caller frees it. */
static inline char* kit_render(const char* text, const char* mark, headrace_string value, uint64_t* length) {
  size_t size = strlen(text) + 1, end = 0;
  for (const char* place = text; (place = strstr(place, mark)) != NULL; place += strlen(mark))
    size += (size_t)value.length;
  char* out = (char*)malloc(size);
  if (!out) return NULL;
  for (const char* place; (place = strstr(text, mark)) != NULL; text = place + strlen(mark)) {
    memcpy(out + end, text, (size_t)(place - text));
    end += (size_t)(place - text);
    if (value.length) memcpy(out + end, value.data, (size_t)value.length);
    end += (size_t)value.length;
  }
  memcpy(out + end, text, strlen(text) + 1);
  *length = end + strlen(text);
  return out;
}

/* Hands over an answer of `length` bytes at `text`, from `malloc`, with what else `answer` says; its `model` is a
 * constant, or lies behind the answer in the same memory. HEADRACE_UNSUPPORTED, with `out` left alone, if it is longer
 * than the host takes. OWNERSHIP: takes `text` in any case; the receiver releases `out` [any thread]. */
static inline headrace_status kit_end_completion(char* text, uint64_t length, const headrace_completion* answer,
                                                 headrace_completion* out, headrace_error* error) {
  if (length > KIT_MOST_ANSWER_BYTES) {
    free(text);
    return kit_fail(error, HEADRACE_UNSUPPORTED, "the answer has %llu bytes; %d are the most",
                    (unsigned long long)length, KIT_MOST_ANSWER_BYTES);
  }
  headrace_completion filled = *answer;
  filled.text.data = text;
  filled.text.length = length;
  filled.private_data = text;
  filled.release = kit_release_completion_;
  kit_fill(out, &filled, sizeof filled);
  return HEADRACE_OK;
}

#endif /* HEADRACE_KIT_LLM_H */
