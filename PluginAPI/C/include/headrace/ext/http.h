/* A service of the host: requests over HTTP, which the host sends for a plugin to the hosts that its manifest declares
 * under `permissions: http`. A plugin needs no library for it, and in a worker process no network. */
#ifndef HEADRACE_EXT_HTTP_H
#define HEADRACE_EXT_HTTP_H

#include <headrace/call.h>
#include <headrace/host.h>
#include <headrace/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HEADRACE_HOST_HTTP "headrace.http/1"

/* `max_response_bytes` unless stated, and the most that it can be. */
#define HEADRACE_HTTP_RESPONSE_BYTES 67108864 /* 64 MiB */
/* The most bytes of the body of a request. */
#define HEADRACE_HTTP_REQUEST_BYTES 67108864 /* 64 MiB */
/* The most headers of a request, and the most bytes of all their names and values. */
#define HEADRACE_HTTP_HEADERS 128
#define HEADRACE_HTTP_HEADER_BYTES 65536 /* 64 KiB */

/* What is asked. The plugin sets `struct_size` and leaves zero what it does not state.
 *
 * `headers` are sent as they are, in their order. The host's own are `Host` and whatever is about the connection or the
 * length of the body: `Connection`, `Content-Length`, `Expect`, `Keep-Alive`, `Proxy-*`, `TE`, `Trailer`,
 * `Transfer-Encoding`, `Upgrade` and `HTTP2-Settings` are refused. No `Content-Type` is made up. */
typedef struct headrace_http_request {
  uint32_t struct_size;
  uint32_t reserved;
  headrace_string method; /* `GET`, `POST`, ...; CONNECT and TRACE are refused */
  headrace_string url;    /* http or https, ASCII, at most 32 KiB; without a user: credentials stand in a header */
  const headrace_key_value* headers;
  uint64_t n_headers;
  headrace_bytes body;
  uint64_t max_response_bytes; /* of the answer's body; 0 for HEADRACE_HTTP_RESPONSE_BYTES */
  int64_t timeout_ns;          /* for this request alone; 0 for the time that the call has left */
} headrace_http_request;

/* What was answered. The plugin passes a structure with `struct_size` set and everything else zero.
 *
 * OWNERSHIP: with HEADRACE_OK the plugin calls `release` once [any thread, also after destroy]; it frees `headers` and
 * `body`. With any other status the structure is left as it came. */
typedef struct headrace_http_response {
  uint32_t struct_size;
  int32_t status_code; /* 200, 503, ...; of 3xx too: no redirect is followed */
  /* What a call that depends on this answer comes to: HEADRACE_OK for 2xx and 304, HEADRACE_THROTTLED for 429,
   * HEADRACE_TRANSIENT for 503, HEADRACE_INVALID_CONFIG for another 3xx, and so on. An API may mean something else. */
  headrace_status outcome;
  uint32_t reserved;
  int64_t retry_after_ns;            /* what `Retry-After` asks for, or HEADRACE_NO_RETRY_AFTER */
  const headrace_key_value* headers; /* in their order, names in lower case, at most 256 KiB */
  uint64_t n_headers;
  headrace_bytes body; /* as it came: no encoding is undone */
  void* private_data;
  void (*release)(struct headrace_http_response* response);
} headrace_http_response;

/* A host that makes no requests does not have it.
 *
 * Certificates are verified. No redirect is followed, no proxy is used, no cookie is kept. A request that may change
 * something is sent once; a GET, HEAD, OPTIONS, PUT or DELETE again, if a kept connection turns out to be closed.
 * Repeating is otherwise for the host's gate, which calls the plugin again. */
typedef struct headrace_host_http {
  uint32_t struct_size;
  uint32_t reserved;

  /* [any thread, during the call] Sends a request and blocks until there is a whole answer. `call` is the one that the
   * plugin is in: the request ends with HEADRACE_DEADLINE_EXCEEDED at its deadline, and with HEADRACE_CANCELLED within
   * about a second of its cancellation. In a worker process requests of one instance follow one another.
   *
   * HEADRACE_OK: there is an answer, whatever it says. Otherwise there is none:
   *   HEADRACE_PERMISSION_DENIED  the manifest does not declare the host; the message names both
   *   HEADRACE_INVALID_CONFIG     the request cannot be sent as it is
   *   HEADRACE_UNSUPPORTED        the answer's body is longer than `max_response_bytes`, or what came is no HTTP
   *   HEADRACE_TIMEOUT            `timeout_ns` has passed, and the call has time left
   *   HEADRACE_TRANSIENT          no connection, or the server closed it
   *   HEADRACE_TRUNCATED          the connection ended within the answer
   *   HEADRACE_UNAUTHENTICATED    the server's certificate is not to be trusted
   * Messages name the host and the port, and nothing else of the request. */
  headrace_status (*send)(const headrace_host* host, const headrace_call* call, const headrace_http_request* request,
                          headrace_http_response* response, headrace_error* error);
} headrace_host_http;

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_EXT_HTTP_H */
