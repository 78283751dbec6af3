#include "Transform.hpp"

#include "Plan.hpp"

#include <set>

namespace sql {
namespace {

/// What a column carried besides its type (a comment, a field id) stays with it where it passes through unchanged.
void keep_metadata(const headrace::Field& input, headrace::Field* output) {
  if (input.format != output->format || input.children.size() != output->children.size()) return;
  if (!input.metadata.empty()) output->metadata = input.metadata;
  for (std::size_t i = 0; i < input.children.size(); ++i) {
    output->children[i].name = input.children[i].name;
    keep_metadata(input.children[i], &output->children[i]);
  }
}

headrace::Field output_schema(const DuckDB& duckdb, const std::vector<OutputColumn>& columns,
                              const headrace::Field& input) {
  headrace::Field root{"", "+s", false, input.metadata, {}};
  std::set<std::string> names;
  for (const auto& column : columns) {
    if (!names.insert(column.name).second) {
      throw headrace::Error(HEADRACE_INVALID_CONFIG,
                            "query: two columns are named '" + column.name + "'; give one another name with AS");
    }
    root.children.push_back(output_field(duckdb, column.name, column.type.get()));
    for (const auto& before : input.children) {
      if (before.name == column.name) keep_metadata(before, &root.children.back());
    }
  }
  return root;
}

}  // namespace

Transform::Transform(const headrace::Host&, std::string_view config) : config_(Config::parse(config)) {
  config_.threads = 1;
  // Now and not at the first batch: without the library no instance is of use.
  DuckDB::load(config_.library);
}

void Transform::cancel() noexcept {
  if (const Session* session = cancellable_.load()) session->interrupt();
}

void Transform::bind(const ArrowSchema& schema, ArrowSchema* output) {
  const headrace::Field fields = headrace::import_schema(schema);
  std::vector<InputType> types;
  for (const auto& field : fields.children) types.push_back(InputType::of(field));
  const DuckDB& duckdb = DuckDB::load(config_.library);
  cancellable_ = nullptr;
  prepared_.reset();
  session_ = std::make_unique<Session>(duckdb, config_);
  session_->run("SET TimeZone = 'UTC'");
  input_.attach(session_.get(), std::move(types));
  session_->lock({});
  auto prepared = session_->prepare_select(config_.query);
  check_row_by_row(session_.get(), config_.query);
  columns_ = session_->columns(prepared.get());
  headrace::export_schema(output_schema(duckdb, columns_, fields), output);
  prepared_ = std::make_unique<Owned<PreparedHandle>>(std::move(prepared));
  cancellable_ = session_.get();
}

void Transform::apply(const headrace::Call& call, ArrowArray* input, headrace_batch* out) {
  call.throw_if_ended();
  const DuckDB& duckdb = session_->duckdb();
  input_.lend(input);
  ResultOwner result(duckdb);
  const State state = duckdb.execute_prepared(prepared_->get(), result.get());
  input_.lend(nullptr);
  if (state != State::success) session_->fail(result, HEADRACE_BAD_RECORD);
  ResultBuilder builder(duckdb, columns_, static_cast<std::size_t>(input->length));
  while (const auto chunk = result.fetch()) builder.append(chunk.get());
  headrace::BatchBuilder().finish(builder.finish(), out);
  input->release(input);
}

namespace {

using Exports = headrace::Exports<Transform>;

headrace_status bind(headrace_instance* instance, const headrace_call* call, headrace_string,
                     const ArrowSchema* input, ArrowSchema* output, headrace_error* error) {
  return Exports::guard(instance, error, [&](Transform& transform) {
    headrace::Call(call).throw_if_ended();
    transform.bind(*input, output);
  });
}

headrace_status apply(headrace_instance* instance, const headrace_call* call, ArrowArray* input, headrace_batch* out,
                      headrace_error* error) {
  return Exports::guard(instance, error,
                        [&](Transform& transform) { transform.apply(headrace::Call(call), input, out); });
}

const headrace_factory kFactory = Exports::factory(Config::transform_schema());

}  // namespace

const headrace_transform kTransform{sizeof(headrace_transform), HEADRACE_TRANSFORM_PASS_THROUGH_ALLOWED, &kFactory,
                                    bind, apply};

}  // namespace sql
