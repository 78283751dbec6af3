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

/* Hands over an answer of `length` bytes at `text`, from `malloc`, with what else `answer` says; its `model` has to be
 * a constant or to lie in the same memory. OWNERSHIP: takes `text`; the receiver releases `out` [any thread]. */
static inline void kit_end_completion(char* text, uint64_t length, const headrace_completion* answer,
                                      headrace_completion* out) {
  headrace_completion filled = *answer;
  filled.text.data = text;
  filled.text.length = length;
  filled.private_data = text;
  filled.release = kit_release_completion_;
  kit_fill(out, &filled, sizeof filled);
}

#endif /* HEADRACE_KIT_LLM_H */
