/// Fills `headrace_completion`.
#pragma once

#include <headrace/cxx/error.hpp>
#include <headrace/ext/draft/llm.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace headrace {

/// The longest answer that the host takes.
constexpr std::size_t kAnswerLimit = 4 * 1024 * 1024;

struct Completion {
  std::string text;
  std::string model = {};       // as its provider names it
  bool is_cut = false;          // by a limit: the host then takes it for no answer
  int64_t input_tokens = -1;    // -1 if the provider does not say
  int64_t output_tokens = -1;

  /// Hands the answer over. Throws UNSUPPORTED if it is longer than the host takes.
  void finish(headrace_completion* out) && {
    if (text.size() > kAnswerLimit)
      throw Error(HEADRACE_UNSUPPORTED, "the answer has " + std::to_string(text.size()) + " bytes; " +
                                            std::to_string(kAnswerLimit) + " are the most");
    auto owner = std::make_unique<Completion>(std::move(*this));
    headrace_completion completion{};
    completion.finish = owner->is_cut ? HEADRACE_FINISH_LENGTH : HEADRACE_FINISH_STOP;
    completion.text = borrow(owner->text);
    completion.model = borrow(owner->model);
    completion.input_tokens = owner->input_tokens;
    completion.output_tokens = owner->output_tokens;
    completion.release = release;
    completion.private_data = owner.release();
    fill(out, completion);
  }

 private:
  static void release(headrace_completion* completion) {
    delete static_cast<Completion*>(completion->private_data);
    completion->private_data = nullptr;
    completion->release = nullptr;
  }
};

}  // namespace headrace
