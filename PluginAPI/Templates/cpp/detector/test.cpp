#include <headrace/kit/test.h>
#include <headrace/plugin.hpp>

using namespace headrace;

int main() {
  const auto* detector = static_cast<const headrace_detector*>(test_kind(HEADRACE_DETECTOR));
  headrace_instance* wrong = test_create(detector->factory, R"({"column": "label", "limit": 1})");
  headrace_instance* instance = test_create(detector->factory, R"({"column": "n", "limit": 1.5})");
  const std::vector<Field> columns{Field{"n", kInt64}, Field{"label", kUTF8}};
  Schema schema;
  export_schema(struct_of(columns), schema.get());
  EXPECT(detector->bind(wrong, test_call(), {}, schema.get(), test_error()) && test_says("'label'"));
  EXPECT_OK(detector->bind(instance, test_call(), {}, schema.get(), test_error()));

  RowsBuilder rows(columns);
  for (int row = 0; row < 4; ++row) {
    if (row != 2) rows.put(0, row);
    rows.put(1, "a label");
    rows.end_row();
  }
  const Array batch = rows.finish();
  headrace_finding_list findings{};
  findings.struct_size = sizeof findings;
  EXPECT_OK(detector->inspect(instance, test_call(), batch.get(), &findings, test_error()));
  EXPECT(findings.n_items == 1 && findings.items[0]->row == 3 && findings.items[0]->score == 2);
  EXPECT(test_is(findings.items[0]->message, "n is 3, above 1.5"));
  detector->factory->destroy(wrong);
  detector->factory->destroy(instance);
  findings.release(&findings);  // outlives its instance
}
