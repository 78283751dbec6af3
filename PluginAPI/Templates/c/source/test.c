#include <headrace/kit/test.h>

int main(void) {
  const headrace_source* source = test_kind(HEADRACE_SOURCE);
  EXPECT(!test_create(source->factory, "{}") && test_status() == HEADRACE_INVALID_CONFIG);
  headrace_instance* instance = test_create(source->factory, "{\"rows\": 1500}");
  EXPECT(!test_open(source, instance, "numbers", "all", "1501") && test_status() == HEADRACE_CONFLICT);

  headrace_reader* reader = test_open(source, instance, "numbers", "all", "1000"); /* resumed */
  headrace_batch batch = test_batch(), end = test_batch();
  EXPECT_OK(source->read(instance, test_call(), reader, &batch, test_error()));
  EXPECT(batch.array.length == 500 && test_int64(&batch, 0, 7) == 1007);
  EXPECT(test_is(test_text_at(&batch, 1, 7), "number 1007"));
  EXPECT(source->read(instance, test_call(), reader, &end, test_error()) == HEADRACE_END_OF_STREAM);
  source->close(instance, reader);
  source->factory->destroy(instance);
  test_release_batch(&batch); /* outlives its instance */
}
