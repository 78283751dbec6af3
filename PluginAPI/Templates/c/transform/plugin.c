/* A transform: turns the text of one column to upper case. The other columns pass through uncopied. */
#include <headrace/kit.h>

struct headrace_instance {
  char* column;
  int64_t index; /* of the column, once bound */
  atomic_bool is_cancelled;
};

static const char schema[] = KIT_JSON({
  "type": "object", "required": ["column"], "additionalProperties": false, "properties": {
    "column": {"type": "string", "minLength": 1, "description": "The text column to turn to upper case."}}});

static void cancel(headrace_instance* instance) { atomic_store(&instance->is_cancelled, true); }

static void destroy(headrace_instance* instance) {
  free(instance->column);
  free(instance);
}

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
    headrace_instance** out, headrace_error* error) {
  (void)host;
  KIT_TRY(kit_check(call, NULL, error));
  headrace_instance* instance = calloc(1, sizeof *instance);
  if (!instance) return kit_no_memory(error);
  headrace_status status = kit_string(config, "column", &instance->column, error);
  if (status == HEADRACE_OK) *out = instance;
  else destroy(instance);
  return status;
}

static headrace_status bind(headrace_instance* instance, const headrace_call* call, headrace_string stream,
    const struct ArrowSchema* input, struct ArrowSchema* output, headrace_error* error) {
  (void)stream;
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  KIT_TRY(kit_expect_column(input, instance->column, KIT_UTF8, NULL, &instance->index, error));
  return kit_copy_schema(input, output, error);
}

static headrace_status apply(headrace_instance* instance, const headrace_call* call, struct ArrowArray* input,
    headrace_batch* out, headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  static const kit_column upper_case = {"", KIT_UTF8, KIT_NULLABLE};
  kit_view column = kit_view_of(input, instance->index);
  kit_rows rows = kit_rows_begin(&upper_case, 1, input->length);
  for (int64_t row = 0; row < input->length; row++) {
    if (!kit_is_null(&column, row)) { /* a cell that nothing is put into is null */
      headrace_string text = kit_text_at(&column, row);
      char* upper = kit_put_room(&rows, 0, text.length);
      for (uint64_t at = 0; upper && at < text.length; at++) {
        bool is_lower = text.data[at] >= 'a' && text.data[at] <= 'z';
        upper[at] = (char)(is_lower ? text.data[at] - 'a' + 'A' : text.data[at]);
      }
    }
    kit_end_row(&rows);
  }
  return kit_end_replacing(&rows, input, instance->index, out, error);
}

static const headrace_factory factory = {sizeof factory, 0, KIT_TEXT(schema), create, destroy, cancel};
static const headrace_transform transform = {sizeof transform, 0, &factory, bind, apply};
KIT_PLUGIN("@name@", "0.1.0", HEADRACE_TRANSFORM, &transform);
