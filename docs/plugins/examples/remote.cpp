// A language model that a server has: the question is sent there as it is, and what comes back is the answer.
//
//   c++ -std=c++20 -fPIC -shared -fvisibility=hidden -I PluginAPI/C/include -I PluginAPI/Arrow/include
//       -I PluginAPI/Cxx/include remote.cpp -o libremote.so
#include <headrace/plugin.hpp>

#include <string>

namespace {

using namespace headrace;

class Remote : public Instance {
 public:
  static constexpr std::string_view config_schema = R"({
    "type": "object", "required": ["url"], "additionalProperties": false, "properties": {
      "url": {"type": "string", "minLength": 1, "description": "Where questions are sent to."},
      "token": {"type": "string", "default": "", "description": "The secret that the server asks for: env:NAME."}
    }
  })";

  Remote(const Host& host, std::string_view config)
      : host_(host), url_(Config(config).text("url")), token_(Config(config).text("token")) {}

  Completion complete(const Call& call, const headrace_prompt& prompt) {
    HttpRequest request("POST", url_);
    request.header("content-type", "text/plain; charset=utf-8");
    if (!token_.empty()) request.header("authorization", "Bearer " + host_.secret(token_));
    request.body = copy(prompt.prompt);
    const HttpResponse response = host_.send(request, call);
    // Whoever answers "not now" is asked again when it says, by the host.
    response.check("the model's server");
    Completion answer;
    answer.text = std::string(response.body());
    answer.model = std::string(response.header("x-model"));
    return answer;
  }

 private:
  const Host host_;
  const std::string url_;
  const std::string token_;
};

}  // namespace

const headrace_entry* headrace_plugin_entry() {
  static constexpr headrace_entry entry = entry_of<llm_of<Remote>>("remote", "1.0.0");
  return &entry;
}
