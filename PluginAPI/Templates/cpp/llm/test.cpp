#include <headrace/ext/draft/llm.h>
#include <headrace/kit/test.h>

#include <cmath>

int main() {
  const auto* llm = static_cast<const headrace_llm*>(test_kind(HEADRACE_LLM));
  EXPECT(!test_create(llm->factory, R"({"reply": 7})") && test_status() == HEADRACE_INVALID_CONFIG);
  headrace_instance* instance = test_create(llm->factory, R"({"reply": "You asked: {prompt}"})");
  headrace_prompt prompt{sizeof(headrace_prompt), 0, {}, test_text("how \"so\"?"), NAN};
  headrace_completion answer{}, cut{};
  answer.struct_size = cut.struct_size = sizeof answer;
  EXPECT_OK(llm->complete(instance, test_call(), &prompt, &answer, test_error()));
  EXPECT(test_is(answer.text, "You asked: how \"so\"?") && answer.finish == HEADRACE_FINISH_STOP);

  prompt.max_output_tokens = 3;
  EXPECT_OK(llm->complete(instance, test_call(), &prompt, &cut, test_error()));
  EXPECT(test_is(cut.text, "You asked: how") && cut.finish == HEADRACE_FINISH_LENGTH);
  llm->factory->destroy(instance);
  answer.release(&answer);  // outlives its instance
  cut.release(&cut);
}
