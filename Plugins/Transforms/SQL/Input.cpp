#include "Input.hpp"

#include "Fill.hpp"

#include <algorithm>
#include <new>

namespace sql {
namespace {

/// What the planner is told of the size of a batch: large, so that a list of values joined to it becomes the hashed
/// side and rows keep their order.
constexpr Index kExpectedRows = 1'000'000;

}  // namespace

void Input::attach(Session* session, std::vector<InputType> columns) {
  const DuckDB& duckdb = session->duckdb();
  columns_ = std::move(columns);
  Owned<TableFunctionHandle> function(duckdb.destroy_table_function, duckdb.create_table_function());
  duckdb.table_function_set_name(function.get(), kFunction.data());
  duckdb.table_function_set_extra_info(function.get(), this, nullptr);
  duckdb.table_function_set_bind(function.get(), bind);
  duckdb.table_function_set_init(function.get(), init);
  duckdb.table_function_set_function(function.get(), scan);
  duckdb.table_function_supports_projection_pushdown(function.get(), true);
  if (duckdb.register_table_function(session->connection(), function.get()) != State::success) {
    throw headrace::Error(HEADRACE_FATAL, "DuckDB did not take the table function of the input");
  }
  session->run("CREATE VIEW input AS FROM " + std::string(kFunction) + "()");
}

// DuckDB calls the three functions below, and no exception may pass through it.

void Input::bind(BindHandle info) {
  const DuckDB& duckdb = DuckDB::current();
  const auto& input = *static_cast<Input*>(duckdb.bind_get_extra_info(info));
  headrace::barrier(nullptr, [&] {
    for (const auto& column : input.columns_) {
      duckdb.bind_add_result_column(info, column.name.c_str(), column.make(duckdb).get());
    }
  });
  duckdb.bind_set_cardinality(info, kExpectedRows, false);
}

void Input::init(InitHandle info) {
  const DuckDB& duckdb = DuckDB::current();
  auto& input = *static_cast<Input*>(duckdb.init_get_extra_info(info));
  // Each scan of a query has a state of its own: a UNION reads the batch twice.
  auto* scan = new (std::nothrow) Scan;
  if (scan == nullptr) return duckdb.init_set_error(info, "no memory is left");
  scan->input = &input;
  const headrace_status status = headrace::barrier(nullptr, [&] {
    for (Index i = 0; i < duckdb.init_get_column_count(info); ++i) {
      scan->projection.push_back(duckdb.init_get_column_index(info, i));
    }
  });
  if (status != HEADRACE_OK) duckdb.init_set_error(info, "no memory is left");
  duckdb.init_set_max_threads(info, 1);
  duckdb.init_set_init_data(info, scan, [](void* scan) { delete static_cast<Scan*>(scan); });
}

void Input::scan(FunctionHandle info, ChunkHandle chunk) {
  const DuckDB& duckdb = DuckDB::current();
  auto& scan = *static_cast<Scan*>(duckdb.function_get_init_data(info));
  try {
    scan.fill(chunk);
  } catch (const std::exception& error) {
    duckdb.function_set_error(info, error.what());
  }
}

void Input::Scan::fill(ChunkHandle chunk) {
  const DuckDB& duckdb = DuckDB::current();
  const ArrowArray* batch = input->batch_;
  const int64_t rest = batch != nullptr ? batch->length - position : 0;
  const int64_t count = std::min<int64_t>(rest, static_cast<int64_t>(duckdb.vector_size()));
  for (Index i = 0; count > 0 && i < projection.size(); ++i) {
    const Index column = projection[i];
    if (column >= input->columns_.size()) continue;  // DuckDB's row number, which a count of rows asks for
    fill_vector(duckdb, duckdb.data_chunk_get_vector(chunk, i), input->columns_[column], *batch->children[column],
                batch->offset + position, count);
  }
  duckdb.data_chunk_set_size(chunk, static_cast<Index>(count));
  position += count;
}

}  // namespace sql
