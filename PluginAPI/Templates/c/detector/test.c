#include <headrace/kit.h>
#include <headrace/kit/test.h>

static const kit_column columns[] = {{"n", KIT_INT64, KIT_NULLABLE}, {"label", KIT_UTF8, 0}};

int main(void) {
  const headrace_detector* detector = test_kind(HEADRACE_DETECTOR);
  headrace_instance* wrong = test_create(detector->factory, "{\"column\": \"label\", \"limit\": 1}");
  headrace_instance* instance = test_create(detector->factory, "{\"column\": \"n\", \"limit\": 1.5}");
  struct ArrowSchema schema;
  EXPECT_OK(kit_schema(columns, 2, &schema, test_error()));
  EXPECT(detector->bind(wrong, test_call(), test_text(""), &schema, test_error()) == HEADRACE_INVALID_CONFIG);
  EXPECT_OK(detector->bind(instance, test_call(), test_text(""), &schema, test_error()));

  struct ArrowArray batch;
  kit_rows rows = kit_rows_begin(columns, 2, 4);
  for (int row = 0; row < 4; row++) {
    if (row != 2) kit_put_int64(&rows, 0, row);
    kit_put_text(&rows, 1, kit_text("a label"));
    kit_end_row(&rows);
  }
  EXPECT_OK(kit_end_array(&rows, &batch, test_error()));
  headrace_finding_list findings = {.struct_size = sizeof findings};
  EXPECT_OK(detector->inspect(instance, test_call(), &batch, &findings, test_error()));
  EXPECT(findings.n_items == 1 && findings.items[0]->row == 3 && findings.items[0]->score == 2);
  EXPECT(test_is(findings.items[0]->message, "n is 3, above 1.5"));
  detector->factory->destroy(wrong);
  detector->factory->destroy(instance);
  findings.release(&findings);
  batch.release(&batch);
  schema.release(&schema);
}
