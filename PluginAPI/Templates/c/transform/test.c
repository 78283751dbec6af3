#include <headrace/kit.h>
#include <headrace/kit/test.h>

static const kit_column columns[] = {{"n", KIT_INT64, 0}, {"label", KIT_UTF8, KIT_NULLABLE}};

int main(void) {
  const headrace_transform* transform = test_kind(HEADRACE_TRANSFORM);
  headrace_instance* wrong = test_create(transform->factory, "{\"column\": \"n\"}");
  headrace_instance* instance = test_create(transform->factory, "{\"column\": \"label\"}");
  struct ArrowSchema input, output;
  EXPECT_OK(kit_schema(columns, 2, &input, test_error()));
  EXPECT(transform->bind(wrong, test_call(), test_text(""), &input, &output, test_error()) ==
         HEADRACE_INVALID_CONFIG && test_says("'n'"));
  EXPECT_OK(transform->bind(instance, test_call(), test_text(""), &input, &output, test_error()));

  struct ArrowArray array;
  kit_rows rows = kit_rows_begin(columns, 2, 3);
  for (int row = 0; row < 3; row++) {
    kit_put_int64(&rows, 0, row);
    if (row != 2) kit_put_format(&rows, 1, "number %d \u00fc", row);
    kit_end_row(&rows);
  }
  EXPECT_OK(kit_end_array(&rows, &array, test_error()));
  array.offset = 1; /* a slice: without its first row */
  array.length = 2;
  headrace_batch batch = test_batch();
  EXPECT_OK(transform->apply(instance, test_call(), &array, &batch, test_error()));
  EXPECT(!array.release && batch.array.length == 2 && test_int64(&batch, 0, 0) == 1);
  EXPECT(test_is(test_text_at(&batch, 1, 0), "NUMBER 1 \u00fc") && test_is_null(&batch, 1, 1));
  test_release_batch(&batch);
  transform->factory->destroy(wrong);
  transform->factory->destroy(instance);
  input.release(&input);
  output.release(&output);
}
