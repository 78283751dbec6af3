/* A language model that a server has: the question is sent there as it is, and what comes back is the answer.
 *
 *   cc -std=c11 -fPIC -shared -fvisibility=hidden -I PluginAPI/C/include -I PluginAPI/C/kit -I PluginAPI/Arrow/include
 *       remote.c -o libremote.so
 */
#include <headrace/kit.h>

struct headrace_instance {
  const headrace_host* host;
  char* url;
  char* token; /* the secret's name, or nothing */
};

static const char schema[] = KIT_JSON({"type": "object", "required": ["url"], "additionalProperties": false,
  "properties": {
    "url": {"type": "string", "minLength": 1, "description": "Where questions are sent to."},
    "token": {"type": "string", "default": "", "description": "The secret that the server asks for: env:NAME."}}});

static void destroy(headrace_instance* instance) {
  free(instance->url);
  free(instance->token);
  free(instance);
}

/* No call waits but in the host, which is told itself. */
static void cancel(headrace_instance* instance) { (void)instance; }

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
                              headrace_instance** out, headrace_error* error) {
  KIT_TRY(kit_check(call, NULL, error));
  headrace_instance* instance = calloc(1, sizeof *instance);
  if (!instance) return kit_no_memory(error);
  instance->host = host;
  headrace_status status = kit_string(config, "url", &instance->url, error);
  if (status == HEADRACE_OK) status = kit_string(config, "token", &instance->token, error);
  if (status != HEADRACE_OK) destroy(instance);
  else *out = instance;
  return status;
}

/* Sends the question, with the secret if there is one. */
static headrace_status ask(const headrace_instance* instance, const headrace_call* call, headrace_string question,
                           headrace_string secret, headrace_http_response* response, headrace_error* error) {
  char* authorization = secret.length ? kit_format("Bearer %.*s", (int)secret.length, secret.data) : NULL;
  if (secret.length && !authorization) return kit_no_memory(error);
  headrace_key_value headers[] = {{KIT_TEXT("content-type"), KIT_TEXT("text/plain; charset=utf-8")},
                                  {KIT_TEXT("authorization"), kit_text(authorization ? authorization : "")}};
  headrace_http_request request = {.struct_size = sizeof request, .method = KIT_TEXT("POST")};
  request.url = kit_text(instance->url);
  request.headers = headers;
  request.n_headers = authorization ? 2 : 1;
  request.body = (headrace_bytes){(const uint8_t*)question.data, question.length};
  headrace_status status = kit_http_send(instance->host, call, &request, response, error);
  if (authorization) kit_erase(authorization, strlen(authorization));
  free(authorization);
  return status;
}

/* The answer, and who gave it behind that in the same memory. */
static headrace_status tell(const headrace_http_response* response, headrace_completion* out, headrace_error* error) {
  headrace_string model = kit_http_header(response, "x-model");
  size_t length = (size_t)response->body.length;
  char* text = malloc(length + (size_t)model.length + 1);
  if (!text) return kit_no_memory(error);
  if (length) memcpy(text, response->body.data, length);
  if (model.length) memcpy(text + length, model.data, (size_t)model.length);
  headrace_completion answer = {.struct_size = sizeof answer, .input_tokens = -1, .output_tokens = -1};
  answer.model = (headrace_string){text + length, model.length};
  return kit_end_completion(text, length, &answer, out, error);
}

static headrace_status complete(headrace_instance* instance, const headrace_call* call, const headrace_prompt* prompt,
                                headrace_completion* out, headrace_error* error) {
  KIT_TRY(kit_check(call, NULL, error));
  headrace_buffer secret = {.struct_size = sizeof secret};
  if (instance->token[0]) KIT_TRY(kit_secret(instance->host, kit_text(instance->token), &secret, error));
  headrace_string bearer = {(const char*)secret.bytes.data, secret.bytes.length};
  headrace_http_response response;
  headrace_status status = ask(instance, call, prompt->prompt, bearer, &response, error);
  if (secret.release) secret.release(&secret);
  if (status != HEADRACE_OK) return status;
  /* Whoever answers "not now" is asked again when it says, by the host. */
  status = kit_http_check(&response, "the model's server", error);
  if (status == HEADRACE_OK) status = tell(&response, out, error);
  response.release(&response);
  return status;
}

static const headrace_factory factory = {sizeof factory, 0, KIT_TEXT(schema), create, destroy, cancel};
static const headrace_llm llm = {.struct_size = sizeof llm, .factory = &factory, .complete = complete};
KIT_PLUGIN("remote", "1.0.0", HEADRACE_LLM, &llm);
