/* The layout of version 1, as the compiler sees it on 64-bit platforms. A line that fails here is a broken promise to
 * every plugin ever built; growing a structure changes its own line and no other. */
#include <headrace/headrace.h>
#include <headrace/ext/draft/llm.h>
#include <headrace/ext/draft/query.h>

_Static_assert(sizeof(headrace_string) == 16, "headrace_string");
_Static_assert(sizeof(headrace_bytes) == 16, "headrace_bytes");
_Static_assert(sizeof(headrace_key_value) == 32, "headrace_key_value");
_Static_assert(sizeof(headrace_buffer) == 40, "headrace_buffer");
_Static_assert(sizeof(headrace_error) == 88, "headrace_error");
_Static_assert(sizeof(headrace_call) == 56, "headrace_call");
_Static_assert(sizeof(headrace_host) == 24, "headrace_host");
_Static_assert(sizeof(headrace_host_log) == 24, "headrace_host_log");
_Static_assert(sizeof(headrace_host_metrics) == 24, "headrace_host_metrics");
_Static_assert(sizeof(headrace_host_secrets) == 16, "headrace_host_secrets");
_Static_assert(sizeof(headrace_host_state) == 24, "headrace_host_state");
_Static_assert(sizeof(headrace_host_allocator) == 24, "headrace_host_allocator");
_Static_assert(sizeof(headrace_reject) == 64, "headrace_reject");
_Static_assert(sizeof(headrace_batch) == 152, "headrace_batch");
_Static_assert(sizeof(headrace_factory) == 48, "headrace_factory");
_Static_assert(sizeof(headrace_entry) == 72, "headrace_entry");
_Static_assert(sizeof(headrace_stream) == 160, "headrace_stream");
_Static_assert(sizeof(headrace_stream_list) == 40, "headrace_stream_list");
_Static_assert(sizeof(headrace_split_position) == 64, "headrace_split_position");
_Static_assert(sizeof(headrace_split_request) == 64, "headrace_split_request");
_Static_assert(sizeof(headrace_split) == 72, "headrace_split");
_Static_assert(sizeof(headrace_split_list) == 40, "headrace_split_list");
_Static_assert(sizeof(headrace_open_request) == 112, "headrace_open_request");
_Static_assert(sizeof(headrace_source) == 64, "headrace_source");
_Static_assert(sizeof(headrace_transform) == 32, "headrace_transform");
_Static_assert(sizeof(headrace_finding) == 88, "headrace_finding");
_Static_assert(sizeof(headrace_finding_list) == 40, "headrace_finding_list");
_Static_assert(sizeof(headrace_run_summary) == 24, "headrace_run_summary");
_Static_assert(sizeof(headrace_detector) == 56, "headrace_detector");
_Static_assert(sizeof(headrace_output) == 24, "headrace_output");
_Static_assert(sizeof(headrace_column_summary) == 80, "headrace_column_summary");
_Static_assert(sizeof(headrace_file_summary) == 72, "headrace_file_summary");
_Static_assert(sizeof(headrace_format) == 80, "headrace_format");
_Static_assert(sizeof(headrace_http_request) == 88, "headrace_http_request");
_Static_assert(sizeof(headrace_http_response) == 72, "headrace_http_response");
_Static_assert(sizeof(headrace_host_http) == 16, "headrace_host_http");
_Static_assert(sizeof(headrace_prompt) == 48, "headrace_prompt");
_Static_assert(sizeof(headrace_completion) == 72, "headrace_completion");
_Static_assert(sizeof(headrace_llm) == 24, "headrace_llm");
