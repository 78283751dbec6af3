#include "Query.hpp"

#include "Names.hpp"

#include <set>

namespace sql {
namespace {

/// Rows that `next` collects: 16 chunks of DuckDB's.
constexpr Index kBatchRows = 32 * 1024;

/// `MAP {3: {name: 'id', type: 'BIGINT', default_value: NULL}}`: a column is found by its field id, and is NULL in a
/// file that was written before it was added.
std::string schema_map(const headrace::Field& schema) {
  std::string entries;
  for (const auto& field : schema.children) {
    const std::string_view id = field.metadata_value("PARQUET:field_id");
    if (id.empty()) {
      throw headrace::Error(HEADRACE_INVALID_CONFIG, "column '" + field.name + "' has no PARQUET:field_id");
    }
    entries += (entries.empty() ? "" : ", ") + std::string(id) + ": {name: " + quoted_text(field.name) +
               ", type: " + quoted_text(InputType::of(field).sql()) + ", default_value: NULL}";
  }
  return "MAP {" + entries + "}";
}

std::string no_rows(const headrace::Field& schema) {
  std::string columns;
  for (const auto& field : schema.children) {
    columns += (columns.empty() ? "" : ", ") + ("CAST(NULL AS " + InputType::of(field).sql() + ") AS ") +
               quoted_name(field.name);
  }
  return "SELECT " + columns + " WHERE false";
}

void create_view(Session* session, const headrace_query_table& table) {
  const headrace::Field schema = headrace::import_schema(*table.schema);
  std::string select = no_rows(schema);
  if (table.n_files > 0) {
    std::string files;
    for (uint64_t i = 0; i < table.n_files; ++i) {
      files += (files.empty() ? "" : ", ") + quoted_text(headrace::view(table.files[i]));
    }
    select = "FROM read_parquet([" + files + "], schema = " + schema_map(schema) + ")";
  }
  const std::string name_space = quoted_name(headrace::view(table.name_space));
  session->run("CREATE SCHEMA IF NOT EXISTS " + name_space);
  session->run("CREATE VIEW " + name_space + "." + quoted_name(headrace::view(table.name)) + " AS " + select);
}

}  // namespace

Query::Query(const headrace::Host&, std::string_view config) : config_(Config::parse(config)) {
  DuckDB::load(config_.library);
}

void Query::cancel() noexcept {
  const std::lock_guard<std::mutex> lock(cancelling_);
  if (running_) running_->session.interrupt();
}

void Query::replace(std::unique_ptr<Running> running) {
  const std::lock_guard<std::mutex> lock(cancelling_);
  running_.swap(running);
}

std::string Query::tables(const std::string& sql) {
  Session session(DuckDB::load(config_.library), config_);
  session.lock({});
  std::string lines;
  for (const auto& table : table_names(&session, sql)) lines += table + "\n";
  return lines;
}

void Query::run(const std::string& sql, const headrace_query_table* const* tables, uint64_t n_tables,
                ArrowSchema* schema) {
  replace(nullptr);
  const DuckDB& duckdb = DuckDB::load(config_.library);
  replace(std::make_unique<Running>(duckdb, config_));
  Session& session = running_->session;
  session.run("SET TimeZone = 'UTC'");
  std::vector<std::string> files;
  for (uint64_t i = 0; i < n_tables; ++i) {
    const headrace_query_table table = headrace::known(tables[i]);
    for (uint64_t j = 0; j < table.n_files; ++j) files.push_back(headrace::copy(table.files[j]));
    create_view(&session, table);
  }
  session.lock(files);
  running_->prepared = session.prepare_select(sql);
  const auto columns = session.columns(running_->prepared.get());
  headrace::Field root{"", "+s", false, {}, {}};
  for (const auto& column : columns) root.children.push_back(output_field(duckdb, column.name, column.type.get()));
  running_->builder = std::make_unique<ResultBuilder>(duckdb, columns, 0);
  auto& pending = running_->pending;
  if (duckdb.pending_prepared_streaming(running_->prepared.get(), pending.out()) != State::success) {
    throw headrace::Error(HEADRACE_INVALID_CONFIG, std::string("query: ") + duckdb.pending_error(pending.get()));
  }
  if (duckdb.execute_pending(pending.get(), running_->result.get()) != State::success) {
    session.fail(running_->result, HEADRACE_INVALID_CONFIG);
  }
  headrace::export_schema(root, schema);
}

bool Query::next(const headrace::Call& call, headrace_batch* out) {
  if (!running_ || !running_->builder) throw headrace::Error(HEADRACE_INVALID_CONFIG, "no query is running");
  Index rows = 0;
  while (rows < kBatchRows && !running_->is_at_end) {
    call.throw_if_ended();
    const auto chunk = running_->result.fetch();
    if (!chunk && running_->session.has_failed(running_->result)) {
      running_->session.fail(running_->result, HEADRACE_INVALID_CONFIG);
    }
    const Index count = chunk ? running_->session.duckdb().data_chunk_get_size(chunk.get()) : 0;
    if (count > 0) running_->builder->append(chunk.get());
    running_->is_at_end = count == 0;
    rows += count;
  }
  if (rows == 0) {
    replace(nullptr);
    return false;
  }
  headrace::BatchBuilder().finish(running_->builder->finish(), out);
  return true;
}

namespace {

using Exports = headrace::Exports<Query>;

headrace_status tables(headrace_instance* instance, const headrace_call*, headrace_string sql, headrace_buffer* out,
                       headrace_error* error) {
  return Exports::guard(instance, error,
                        [&](Query& query) { headrace::fill_buffer(out, query.tables(headrace::copy(sql))); });
}

headrace_status run(headrace_instance* instance, const headrace_call*, headrace_string sql,
                    const headrace_query_table* const* tables, uint64_t n_tables, ArrowSchema* schema,
                    headrace_error* error) {
  return Exports::guard(instance, error,
                        [&](Query& query) { query.run(headrace::copy(sql), tables, n_tables, schema); });
}

headrace_status next(headrace_instance* instance, const headrace_call* call, headrace_batch* out,
                     headrace_error* error) {
  return Exports::guard(instance, error, [&](Query& query) -> headrace_status {
    return query.next(headrace::Call(call), out) ? HEADRACE_OK : HEADRACE_END_OF_STREAM;
  });
}

const headrace_factory kFactory = Exports::factory(Config::query_schema());

}  // namespace

const headrace_query kQuery{sizeof(headrace_query), 0, &kFactory, tables, run, next};

}  // namespace sql
