#include <headrace/ext/draft/llm.h>
#include <headrace/kit/test.h>
#include <math.h>

int main(void) {
  const headrace_llm* llm = test_kind(HEADRACE_LLM);
  EXPECT(!test_create(llm->factory, "{\"reply\": 7}") && test_status() == HEADRACE_INVALID_CONFIG);
  headrace_instance* instance = test_create(llm->factory, "{\"reply\": \"You asked: {prompt}\"}");
  headrace_prompt prompt = {sizeof prompt, 0, {NULL, 0}, test_text("how \"so\"?"), NAN};
  headrace_completion answer = {.struct_size = sizeof answer}, cut = answer;
  EXPECT_OK(llm->complete(instance, test_call(), &prompt, &answer, test_error()));
  EXPECT(test_is(answer.text, "You asked: how \"so\"?") && answer.finish == HEADRACE_FINISH_STOP);

  prompt.max_output_tokens = 3;
  EXPECT_OK(llm->complete(instance, test_call(), &prompt, &cut, test_error()));
  EXPECT(test_is(cut.text, "You asked: how") && cut.finish == HEADRACE_FINISH_LENGTH);
  llm->factory->destroy(instance);
  answer.release(&answer);
  cut.release(&cut);
}
