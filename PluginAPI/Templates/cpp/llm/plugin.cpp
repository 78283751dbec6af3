// A language model that needs none: answers with a fixed reply, in which {prompt} stands for the question.
#include <headrace/plugin.hpp>

namespace {

using namespace headrace;

class Echo : public Instance {
 public:
  static constexpr std::string_view config_schema = R"({
    "type": "object", "additionalProperties": false, "properties": {
      "reply": {"type": "string", "default": "You asked: {prompt}",
                "description": "The answer to every question, which stands in place of {prompt}."}
    }
  })";

  Echo(const Host&, std::string_view config) : reply_(Config(config).text("reply")) {}

  Completion complete(const Call&, const headrace_prompt& prompt) {
    // Here a real provider calls its service, for as long as `Call::throw_if_ended` lets it. It does not try
    // again by itself. If the service says "slow down", the host is told when to come back:
    //   throw Error(HEADRACE_THROTTLED, "the service asks for a pause of 2 s").retry_after(2000000000);
    // An answer that breaks off on its way is HEADRACE_TRUNCATED; one that a limit cut is returned, as below.
    Completion answer;
    answer.model = "@name@";
    answer.text = render(view(prompt.prompt));
    answer.output_tokens = cut_to_words(answer, prompt.max_output_tokens);
    return answer;
  }

 private:
  std::string render(std::string_view prompt) const {
    constexpr std::string_view mark = "{prompt}";
    std::string text;
    std::size_t at = 0;
    for (std::size_t place; (place = reply_.find(mark, at)) != std::string::npos; at = place + mark.size()) {
      text.append(reply_, at, place - at).append(prompt);
    }
    return text.append(reply_, at);
  }

  // Counts words, which are this model's tokens. Of more than `most` the text keeps so many; 0 is no limit.
  static int64_t cut_to_words(Completion& answer, uint32_t most) {
    constexpr std::string_view spaces = " \t\r\n";
    int64_t words = 0;
    std::size_t end = 0;  // of the last word
    for (std::size_t at; (at = answer.text.find_first_not_of(spaces, end)) != std::string::npos; ++words) {
      if (most > 0 && words == most) {
        answer.text.resize(end);
        answer.is_cut = true;
        break;
      }
      end = std::min(answer.text.find_first_of(spaces, at), answer.text.size());
    }
    return words;
  }

  const std::string reply_;
};

}  // namespace

const headrace_entry* headrace_plugin_entry() {
  static constexpr headrace_entry entry = entry_of<llm_of<Echo>>("@name@", "0.1.0");
  return &entry;
}
