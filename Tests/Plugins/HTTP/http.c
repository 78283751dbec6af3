/* Sends the request that a prompt describes, and tells what came back. A prompt has lines:
 *
 *   GET http://localhost:8080/        the method and the URL
 *   header NAME VALUE                 as often as there are headers
 *   body BYTES                        of a body that is made up
 *   limit BYTES                       max_response_bytes
 *   timeout NANOSECONDS               timeout_ns
 *   lie WHAT                          breaks the ABI: size, response, null, call
 *   check                             fails unless the answer is a good one
 *
 * What is told is `200 0 -1 3000000 f00d text/plain`: status, outcome, retry_after_ns, the body's length and its hash,
 * and the header `content-type`. */
#include <headrace/kit.h>

#include <ctype.h>

#define MOST_LINE 4096

struct headrace_instance {
  const headrace_host* host;
};

/* A request in the making, with the memory that it lies in. */
struct question {
  headrace_http_request request;
  headrace_key_value headers[200];
  char text[200][2][MOST_LINE / 8];
  char method[64], url[MOST_LINE], lie[32];
  char* body;
  bool is_checked;
};

static void add_header(struct question* question, const char* line) {
  uint64_t index = question->request.n_headers;
  char* name = question->text[index][0];
  char* value = question->text[index][1];
  value[0] = 0;
  if (index >= 200 || sscanf(line, "header %511s %511[^\n]", name, value) < 1) return;
  question->headers[index] = (headrace_key_value){kit_text(name), kit_text(value)};
  question->request.headers = question->headers;
  question->request.n_headers = index + 1;
}

static void make_body(struct question* question, size_t bytes) {
  question->body = malloc(bytes + 1);
  if (!question->body) return;
  for (size_t at = 0; at < bytes; at++) question->body[at] = (char)('a' + at % 23);
  question->request.body = (headrace_bytes){(const uint8_t*)question->body, bytes};
}

static void take_line(struct question* question, const char* line) {
  unsigned long long number = 0;
  if (isupper((unsigned char)line[0])) {
    sscanf(line, "%63s %4095s", question->method, question->url);
  } else if (sscanf(line, "body %llu", &number) == 1) {
    make_body(question, (size_t)number);
  } else if (sscanf(line, "limit %llu", &number) == 1) {
    question->request.max_response_bytes = number;
  } else if (sscanf(line, "timeout %lld", (long long*)&number) == 1) {
    question->request.timeout_ns = (int64_t)number;
  } else if (strncmp(line, "header ", 7) == 0) {
    add_header(question, line);
  } else if (strcmp(line, "check") == 0) {
    question->is_checked = true;
  } else {
    sscanf(line, "lie %31s", question->lie);
  }
}

static struct question* read_prompt(headrace_string prompt) {
  struct question* question = calloc(1, sizeof *question);
  if (!question) return NULL;
  question->request.struct_size = sizeof question->request;
  for (uint64_t at = 0; at < prompt.length;) {
    char line[MOST_LINE];
    size_t length = 0;
    for (; at < prompt.length && prompt.data[at] != '\n'; at++)
      if (length + 1 < sizeof line) line[length++] = prompt.data[at];
    line[length] = 0;
    take_line(question, line);
    at++;
  }
  question->request.method = kit_text(question->method);
  question->request.url = kit_text(question->url);
  return question;
}

/* FNV-1a */
static uint64_t hash(headrace_bytes bytes) {
  uint64_t value = 14695981039346656037u;
  for (uint64_t at = 0; at < bytes.length; at++) value = (value ^ bytes.data[at]) * 1099511628211u;
  return value;
}

static headrace_status tell(const headrace_http_response* response, headrace_completion* out, headrace_error* error) {
  headrace_string type = kit_http_header(response, "content-type");
  char* text = malloc(512);
  if (!text) return kit_no_memory(error);
  int length = snprintf(text, 512, "%d %d %lld %llu %llx %.*s", (int)response->status_code, (int)response->outcome,
                        (long long)response->retry_after_ns, (unsigned long long)response->body.length,
                        (unsigned long long)hash(response->body), KIT_ARGS(type));
  headrace_completion answer = {.struct_size = sizeof answer, .input_tokens = -1, .output_tokens = -1};
  return kit_end_completion(text, (uint64_t)length, &answer, out, error);
}

/* What a plugin gets wrong that was built against something else, or not tested. */
static headrace_status lie(struct question* question, headrace_instance* instance, const headrace_call* call,
                           headrace_error* error) {
  headrace_http_response response = {.struct_size = sizeof response};
  const headrace_host_http* http = instance->host->get_extension(instance->host, kit_text(HEADRACE_HOST_HTTP));
  if (!http) return kit_fail_constant(error, HEADRACE_UNSUPPORTED, "this host sends no requests over HTTP");
  if (strcmp(question->lie, "size") == 0) question->request.struct_size = 8;
  if (strcmp(question->lie, "response") == 0) response.struct_size = 8;
  if (strcmp(question->lie, "null") == 0) question->request.body = (headrace_bytes){NULL, 5};
  if (strcmp(question->lie, "call") == 0) call = NULL;
  headrace_status status = http->send(instance->host, call, &question->request, &response, error);
  if (status == HEADRACE_OK) response.release(&response);
  return status;
}

static headrace_status ask(struct question* question, headrace_instance* instance, const headrace_call* call,
                           headrace_completion* out, headrace_error* error) {
  if (question->lie[0]) return lie(question, instance, call, error);
  headrace_http_response response;
  KIT_TRY(kit_http_send(instance->host, call, &question->request, &response, error));
  headrace_status status = question->is_checked ? kit_http_check(&response, "the server", error) : HEADRACE_OK;
  if (status == HEADRACE_OK) status = tell(&response, out, error);
  response.release(&response);
  return status;
}

static headrace_status complete(headrace_instance* instance, const headrace_call* call, const headrace_prompt* prompt,
                                headrace_completion* out, headrace_error* error) {
  struct question* question = read_prompt(prompt->prompt);
  if (!question) return kit_no_memory(error);
  headrace_status status = ask(question, instance, call, out, error);
  free(question->body);
  free(question);
  return status;
}

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
                              headrace_instance** out, headrace_error* error) {
  (void)call, (void)config;
  *out = malloc(sizeof **out);
  if (!*out) return kit_no_memory(error);
  (*out)->host = host;
  return HEADRACE_OK;
}

static void destroy(headrace_instance* instance) { free(instance); }

/* The host ends the request that is under way: there is nothing else to end. */
static void cancel(headrace_instance* instance) { (void)instance; }

static const char schema[] =
    KIT_JSON({"type" : "object", "properties" : {"url" : {"description" : "Where it may ask."}}});
static const headrace_factory factory = {sizeof factory, 0, KIT_TEXT(schema), create, destroy, cancel};
static const headrace_llm llm = {sizeof llm, 0, &factory, complete};

KIT_PLUGIN("http", "1.0.0", HEADRACE_LLM, &llm);
