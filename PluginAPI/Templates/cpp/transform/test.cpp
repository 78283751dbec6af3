#include <headrace/kit/test.h>
#include <headrace/plugin.hpp>

using namespace headrace;

int main() {
  const auto* transform = static_cast<const headrace_transform*>(test_kind(HEADRACE_TRANSFORM));
  headrace_instance* wrong = test_create(transform->factory, R"({"column": "n"})");
  headrace_instance* instance = test_create(transform->factory, R"({"column": "label"})");
  const std::vector<Field> columns{Field{"n", kInt64}, Field{"label", kUTF8}};
  Schema input, output;
  export_schema(struct_of(columns), input.get());
  EXPECT(transform->bind(wrong, test_call(), {}, input.get(), output.get(), test_error()) != HEADRACE_OK);
  EXPECT(test_says("'n'"));
  EXPECT_OK(transform->bind(instance, test_call(), {}, input.get(), output.get(), test_error()));

  RowsBuilder rows(columns);
  for (int row = 0; row < 3; ++row) {
    rows.put(0, row);
    if (row != 2) rows.put(1, "number " + std::to_string(row) + " \u00fc");
    rows.end_row();
  }
  Array array = rows.finish();
  array.get()->offset = 1;  // a slice: without its first row
  array.get()->length = 2;
  headrace_batch batch = test_batch();
  EXPECT_OK(transform->apply(instance, test_call(), array.get(), &batch, test_error()));
  EXPECT(array.is_empty() && batch.array.length == 2 && test_int64(&batch, 0, 0) == 1);
  EXPECT(test_is(test_text_at(&batch, 1, 0), "NUMBER 1 \u00fc") && test_is_null(&batch, 1, 1));
  transform->factory->destroy(wrong);
  transform->factory->destroy(instance);
  test_release_batch(&batch);  // outlives its instance
}
