/// Requests over HTTP, which the host sends to the hosts that the manifest declares under `permissions: http`.
#pragma once

#include <headrace/cxx/error.hpp>
#include <headrace/ext/http.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

/// What is asked; `Host::send` sends it.
struct HttpRequest {
  HttpRequest(std::string method_, std::string url_) : method(std::move(method_)), url(std::move(url_)) {}

  /// Adds one; credentials stand in a header. `Host` and those of the connection and the length are the host's own.
  HttpRequest& header(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }

  std::string method;
  std::string url;  // http or https, without a user
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  uint64_t most_response_bytes = 0;  // of the answer's body; 0 for 64 MiB
  int64_t timeout_ns = 0;            // for this request alone; 0 for what the call has left
};

/// What was answered, whatever it says. Owns the texts that its functions show.
class HttpResponse {
 public:
  HttpResponse(HttpResponse&& other) noexcept : response_(std::exchange(other.response_, {})) {}
  HttpResponse& operator=(HttpResponse&& other) noexcept {
    std::swap(response_, other.response_);
    return *this;
  }
  ~HttpResponse() {
    if (response_.release != nullptr) response_.release(&response_);
  }

  int status_code() const { return response_.status_code; }

  /// What a call comes to whose answer this is; HEADRACE_OK for 2xx and 304.
  headrace_status outcome() const { return response_.outcome; }

  /// Nanoseconds that the server asks to wait; HEADRACE_NO_RETRY_AFTER if it does not.
  int64_t retry_after() const { return response_.retry_after_ns; }

  std::string_view body() const { return view(response_.body); }

  /// The last header of a name, which is in lower case; empty if there is none.
  std::string_view header(std::string_view name) const {
    for (uint64_t index = response_.n_headers; index > 0; --index) {
      if (view(response_.headers[index - 1].key) == name) return view(response_.headers[index - 1].value);
    }
    return {};
  }

  /// Throws what the answer comes to, with its number and the pause that it asks for, unless that is success.
  /// `server` names who answered, for a person.
  void check(std::string_view server) const {
    if (outcome() == HEADRACE_OK) return;
    throw Error(outcome(), std::string(server) + " answered " + std::to_string(status_code()))
        .vendor(status_code())
        .retry_after(retry_after());
  }

 private:
  friend class Host;
  HttpResponse() { response_.struct_size = sizeof response_; }

  headrace_http_response response_{};
};

}  // namespace headrace
