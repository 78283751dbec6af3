/* A language model that needs none: answers with a fixed reply, in which {prompt} stands for the question. */
#include <headrace/kit.h>

struct headrace_instance {
  char* reply;
  atomic_bool is_cancelled;
};

static const char schema[] = KIT_JSON({
  "type": "object", "additionalProperties": false, "properties": {
    "reply": {"type": "string", "default": "You asked: {prompt}",
              "description": "The answer to every question, which stands in place of {prompt}."}}});

static void cancel(headrace_instance* instance) { atomic_store(&instance->is_cancelled, true); }

static void destroy(headrace_instance* instance) {
  free(instance->reply);
  free(instance);
}

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
    headrace_instance** out, headrace_error* error) {
  (void)host;
  KIT_TRY(kit_check(call, NULL, error));
  headrace_instance* instance = calloc(1, sizeof *instance);
  if (!instance) return kit_no_memory(error);
  headrace_status status = kit_string(config, "reply", &instance->reply, error);
  if (status == HEADRACE_OK) *out = instance;
  else destroy(instance);
  return status;
}

/* Counts words, which are this model's tokens. Of more than `most` the text keeps so many; 0 is no limit. */
static int64_t cut_to_words(const char* text, uint64_t* length, uint32_t most) {
  int64_t words = 0;
  uint64_t end = 0; /* of the last word */
  for (uint64_t at = 0; at < *length; at++) {
    if ((unsigned char)text[at] <= ' ') continue;
    bool is_first = at == 0 || (unsigned char)text[at - 1] <= ' ';
    if (is_first && most > 0 && words == most) *length = end;
    else words += is_first;
    end = at + 1;
  }
  return words;
}

static headrace_status complete(headrace_instance* instance, const headrace_call* call,
    const headrace_prompt* prompt, headrace_completion* out, headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  /* Here a real provider calls its service, for as long as `kit_check` returns HEADRACE_OK. It does not try
   * again by itself. If the service says "slow down", the host is told when to come back:
   *   error->retry_after_ns = 2000000000;
   *   return kit_fail(error, HEADRACE_THROTTLED, "the service asks for a pause of 2 s");
   * An answer that breaks off on its way is HEADRACE_TRUNCATED; one that a limit cut is returned. */
  uint64_t length;
  char* text = kit_render(instance->reply, "{prompt}", prompt->prompt, &length);
  if (!text) return kit_no_memory(error);
  uint64_t whole = length;
  headrace_completion answer = {.model = KIT_TEXT("@name@"), .input_tokens = -1}; /* -1: does not say */
  answer.output_tokens = cut_to_words(text, &length, prompt->max_output_tokens);
  answer.finish = length < whole ? HEADRACE_FINISH_LENGTH : HEADRACE_FINISH_STOP;
  return kit_end_completion(text, length, &answer, out, error);
}

static const headrace_factory factory = {sizeof factory, 0, KIT_TEXT(schema), create, destroy, cancel};
static const headrace_llm llm = {sizeof llm, 0, &factory, complete};
KIT_PLUGIN("@name@", "0.1.0", HEADRACE_LLM, &llm);
