/// The host's services. Each may be missing: logging and counting then do nothing.
#pragma once

#include <headrace/cxx/call.hpp>
#include <headrace/cxx/error.hpp>
#include <headrace/cxx/http.hpp>
#include <headrace/host.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

class Host {
 public:
  using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit Host(const headrace_host* host)
      : host_(host),
        log_(find<headrace_host_log>(HEADRACE_HOST_LOG)),
        metrics_(find<headrace_host_metrics>(HEADRACE_HOST_METRICS)) {}

  bool logs(int32_t level) const { return log_ != nullptr && log_->is_enabled(host_, level) != 0; }

  void log(int32_t level, std::string_view message, Fields fields = {}) const {
    if (!logs(level)) return;
    std::vector<headrace_key_value> pairs;
    for (const auto& [key, value] : fields) pairs.push_back({borrow(key), borrow(value)});
    log_->write(host_, level, borrow(message), pairs.data(), pairs.size());
  }

  void count(std::string_view name, int64_t amount) const {
    if (metrics_ != nullptr) metrics_->add(host_, borrow(name), amount);
  }

  void gauge(std::string_view name, double value) const {
    if (metrics_ != nullptr) metrics_->set(host_, borrow(name), value);
  }

  /// The value of a secret that the manifest declares. Throws PERMISSION_DENIED, NOT_FOUND, or UNSUPPORTED.
  std::string secret(std::string_view name) const {
    const auto* secrets = find<headrace_host_secrets>(HEADRACE_HOST_SECRETS);
    if (secrets == nullptr) throw Error(HEADRACE_UNSUPPORTED, "this host keeps no secrets");
    headrace_buffer buffer{};
    buffer.struct_size = sizeof buffer;
    headrace_error error = empty_error();
    const headrace_status status = secrets->read(host_, borrow(name), &buffer, &error);
    if (status != HEADRACE_OK) throw_and_release(status, &error);
    std::string value(view(buffer.bytes));
    if (buffer.release != nullptr) buffer.release(&buffer);
    return value;
  }

  /// Sends a request once, to a host that the manifest declares, and waits for the whole answer, whatever that says.
  /// The end of the call is the end of the request. Throws PERMISSION_DENIED for any other host, UNSUPPORTED where
  /// there is no such service or the answer is too long, and what else kept an answer from coming.
  HttpResponse send(const HttpRequest& request, const Call& call) const {
    const auto* http = find<headrace_host_http>(HEADRACE_HOST_HTTP);
    if (http == nullptr) throw Error(HEADRACE_UNSUPPORTED, "this host sends no requests over HTTP");
    std::vector<headrace_key_value> headers;
    for (const auto& [name, value] : request.headers) headers.push_back({borrow(name), borrow(value)});
    headrace_http_request asked{};
    asked.struct_size = sizeof asked;
    asked.method = borrow(request.method);
    asked.url = borrow(request.url);
    asked.headers = headers.data();
    asked.n_headers = headers.size();
    asked.body = borrow_bytes(request.body);
    asked.max_response_bytes = request.most_response_bytes;
    asked.timeout_ns = request.timeout_ns;
    HttpResponse answer;
    headrace_error error = empty_error();
    const headrace_status status = http->send(host_, call.raw(), &asked, &answer.response_, &error);
    if (status != HEADRACE_OK) throw_and_release(status, &error);
    return answer;
  }

  /// Throws what another party reported, and frees its report.
  [[noreturn]] static void throw_and_release(headrace_status status, headrace_error* error) {
    Error copy(status, headrace::copy(error->message));
    copy.vendor(error->vendor_code, headrace::copy(error->vendor_state)).retry_after(error->retry_after_ns);
    for (uint64_t i = 0; i < error->n_details; ++i) {
      copy.detail(headrace::copy(error->details[i].key), headrace::copy(error->details[i].value));
    }
    if (error->release != nullptr) error->release(error);
    throw copy;
  }

  const headrace_host* raw() const { return host_; }

 private:
  static headrace_error empty_error() {
    headrace_error error{};
    error.struct_size = sizeof error;
    error.retry_after_ns = HEADRACE_NO_RETRY_AFTER;
    return error;
  }

  template <class Extension>
  const Extension* find(std::string_view id) const {
    if (host_ == nullptr || host_->get_extension == nullptr) return nullptr;
    return static_cast<const Extension*>(host_->get_extension(host_, borrow(id)));
  }

  const headrace_host* host_;
  const headrace_host_log* log_;
  const headrace_host_metrics* metrics_;
};

}  // namespace headrace
