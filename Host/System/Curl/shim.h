/* libcurl, and what Swift cannot import of it: curl_easy_setopt and curl_easy_getinfo are variadic. */
#pragma once

#include <curl/curl.h>

static inline CURLcode headrace_curl_set_long(CURL* handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

/* The string is copied. */
static inline CURLcode headrace_curl_set_string(CURL* handle, CURLoption option, const char* value) {
  return curl_easy_setopt(handle, option, value);
}

/* The list stays the caller's, who keeps it until the transfer is over. */
static inline CURLcode headrace_curl_set_headers(CURL* handle, struct curl_slist* list) {
  return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
}

/* The body of a POST, which stays the caller's until the transfer is over. Not NULL, even without bytes. */
static inline CURLcode headrace_curl_set_body(CURL* handle, const void* bytes, curl_off_t count) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, count);
  return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_POSTFIELDS, bytes);
}

/* How libcurl hands over bytes: size is always 1, the answer is how many were taken, and another number ends it. */
typedef size_t (*headrace_curl_sink)(char* bytes, size_t size, size_t count, void* context);

/* The lines of the answer's head, and the bytes of its body; one context for both. */
static inline CURLcode headrace_curl_set_sinks(
    CURL* handle, headrace_curl_sink head, headrace_curl_sink body, void* context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, head);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, body);
  return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

/* Asked about once a second, or more often while bytes flow; anything but 0 ends the transfer. */
static inline CURLcode headrace_curl_set_progress(CURL* handle, curl_xferinfo_callback asked, void* context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, asked);
  return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
}

/* The HTTP status of the answer; 0 if there was none. */
static inline long headrace_curl_status(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status;
}
