/* Kind `llm` (draft): answers a question in words. May change without a new revision until it leaves this folder. */
#ifndef HEADRACE_EXT_DRAFT_LLM_H
#define HEADRACE_EXT_DRAFT_LLM_H

#include <headrace/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HEADRACE_LLM "headrace.llm/1"

/* `finish` of a completion */
#define HEADRACE_FINISH_STOP 0   /* the answer is whole */
#define HEADRACE_FINISH_LENGTH 1 /* cut off by a limit: the host takes it for HEADRACE_TRUNCATED, never for an answer */

/* A question. Borrowed by the plugin until the call returns. */
typedef struct headrace_prompt {
  uint32_t struct_size;
  uint32_t max_output_tokens; /* 0 leaves it to the provider */
  headrace_string system;     /* who the model is to be; may be empty */
  headrace_string prompt;
  double temperature; /* NaN leaves it to the provider */
} headrace_prompt;

/* An answer.
 * OWNERSHIP: with HEADRACE_OK the host releases it once, with everything in it, if `release` is not NULL
 * [any thread]. */
typedef struct headrace_completion {
  uint32_t struct_size;
  uint32_t finish;
  headrace_string text;  /* at most 4 MiB */
  headrace_string model; /* the model that answered, as its provider names it; may be empty */
  int64_t input_tokens;  /* what the provider charges for; -1 if it does not say */
  int64_t output_tokens;
  void* private_data;
  void (*release)(struct headrace_completion* completion);
} headrace_completion;

typedef struct headrace_llm {
  uint32_t struct_size;
  uint32_t flags;
  const headrace_factory* factory;

  /* [instance thread] Answers one question. It only asks: the host may repeat it, and may ask another provider too.
   * HEADRACE_THROTTLED and HEADRACE_QUOTA_EXHAUSTED tell when to come back in `retry_after_ns`; an answer that the
   * provider withholds is HEADRACE_CONTENT_FILTERED and is asked for nowhere else; one that breaks off is
   * HEADRACE_TRUNCATED. */
  headrace_status (*complete)(headrace_instance* instance, const headrace_call* call, const headrace_prompt* prompt,
                              headrace_completion* out, headrace_error* error);
} headrace_llm;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_EXT_DRAFT_LLM_H */
