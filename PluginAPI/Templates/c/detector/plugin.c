/* A detector: reports each value of a column that is above a limit. It learns nothing and keeps no state. */
#include <headrace/kit.h>
#include <math.h>

static const size_t most_findings = 100; /* of one batch; who has read these knows enough */

struct headrace_instance {
  char* column;
  double limit;
  int64_t index; /* of the column, once bound */
  bool is_float;
  atomic_bool is_cancelled;
};

static const char schema[] = KIT_JSON({
  "type": "object", "required": ["column", "limit"], "additionalProperties": false, "properties": {
    "column": {"type": "string", "minLength": 1, "description": "The column of numbers to watch."},
    "limit": {"type": "number", "description": "The greatest value that is not reported."}}});

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
  if (status == HEADRACE_OK) status = kit_number(config, "limit", &instance->limit, error);
  if (status == HEADRACE_OK) *out = instance;
  else destroy(instance);
  return status;
}

static headrace_status bind(headrace_instance* instance, const headrace_call* call, headrace_string stream,
    const struct ArrowSchema* columns, headrace_error* error) {
  (void)stream;
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  KIT_TRY(kit_expect_column(columns, instance->column, KIT_INT64, KIT_FLOAT64, &instance->index, error));
  instance->is_float = strcmp(columns->children[instance->index]->format, KIT_FLOAT64) == 0;
  return HEADRACE_OK;
}

static headrace_status inspect(headrace_instance* instance, const headrace_call* call,
    const struct ArrowArray* batch, headrace_finding_list* out, headrace_error* error) {
  KIT_TRY(kit_begin(call, &instance->is_cancelled, error));
  kit_findings findings = {0};
  kit_view column = kit_view_of(batch, instance->index);
  for (int64_t row = 0; row < batch->length && findings.n_items < most_findings; row++) {
    if (kit_is_null(&column, row)) continue;
    double value = instance->is_float ? kit_float64_at(&column, row) : (double)kit_int64_at(&column, row);
    if (!(value > instance->limit)) continue; /* NaN is not above anything */
    double size = instance->limit == 0 ? 1 : fabs(instance->limit); /* a score of 2 is twice the limit */
    headrace_finding finding = {.severity = HEADRACE_SEVERITY_WARNING, .rule = kit_text("above_limit"),
        .column = kit_text(instance->column), .row = row, .score = 1 + (value - instance->limit) / size,
        .observed = value, .expected = instance->limit};
    kit_add_finding(&findings, &finding, "%s is %.15g, above %.15g", instance->column, value,
                    instance->limit);
  }
  return kit_end_findings(&findings, out, error);
}

static const headrace_factory factory = {sizeof factory, 0, KIT_TEXT(schema), create, destroy, cancel};
static const headrace_detector detector = {sizeof detector, 0, &factory, bind, inspect, NULL, NULL, NULL};
KIT_PLUGIN("@name@", "0.1.0", HEADRACE_DETECTOR, &detector);
