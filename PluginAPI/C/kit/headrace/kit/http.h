/* Requests over HTTP, which the host sends:
 *
 *   headrace_http_request request = {.struct_size = sizeof request, .method = KIT_TEXT("GET"), .url = kit_text(url)};
 *   headrace_http_response response;
 *   KIT_TRY(kit_http_send(host, call, &request, &response, error));
 *   headrace_status status = kit_http_check(&response, "the shop", error);
 *   ...
 *   response.release(&response);
 */
#ifndef HEADRACE_KIT_HTTP_H
#define HEADRACE_KIT_HTTP_H

#include <headrace/ext/http.h>
#include <headrace/kit/error.h>

/* Sends a request and waits for the answer, as `send` of headrace_host_http does. HEADRACE_UNSUPPORTED if the host has
 * no such service. `response` need not be initialized.
 * OWNERSHIP: with HEADRACE_OK the caller calls `response->release` once. */
static inline headrace_status kit_http_send(const headrace_host* host, const headrace_call* call,
                                            const headrace_http_request* request, headrace_http_response* response,
                                            headrace_error* error) {
  memset(response, 0, sizeof *response);
  response->struct_size = sizeof *response;
  const headrace_host_http* http =
      (const headrace_host_http*)host->get_extension(host, kit_text(HEADRACE_HOST_HTTP));
  if (!http) return kit_fail_constant(error, HEADRACE_UNSUPPORTED, "this host sends no requests over HTTP");
  return http->send(host, call, request, response, error);
}

/* Whether the answer is one to work with. If not, the call fails as the answer asks for, with its number as
 * `vendor_code` and with its `Retry-After`; `server` names who answered, for a person. Releases nothing. */
static inline headrace_status kit_http_check(const headrace_http_response* response, const char* server,
                                             headrace_error* error) {
  if (response->outcome == HEADRACE_OK) return HEADRACE_OK;
  if (error) {
    error->vendor_code = response->status_code;
    error->retry_after_ns = response->retry_after_ns;
  }
  return kit_fail(error, response->outcome, "%s answered %d", server, (int)response->status_code);
}

/* The value of the answer's last header of that name, which is in lower case; empty if it has none. Borrowed from the
 * answer. */
static inline headrace_string kit_http_header(const headrace_http_response* response, const char* name) {
  for (uint64_t index = response->n_headers; index > 0; index--)
    if (kit_is(response->headers[index - 1].key, name)) return response->headers[index - 1].value;
  return kit_text("");
}

#endif /* HEADRACE_KIT_HTTP_H */
