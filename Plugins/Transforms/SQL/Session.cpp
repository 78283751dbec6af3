#include "Session.hpp"

#include "Result.hpp"

namespace sql {
namespace {

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (char character : text) {
    if (character == quote) out += quote;
    out += character;
  }
  return out + quote;
}

/// DuckDB's message without its advice on Python and its position marks.
std::string first_paragraph(const char* message) {
  std::string text = message != nullptr ? message : "no message";
  const std::size_t end = text.find("\n\n");
  if (end != std::string::npos) text.resize(end);
  while (!text.empty() && (text.back() == '\n' || text.back() == '.')) text.pop_back();
  return text;
}

}  // namespace

std::string quoted_text(std::string_view text) { return quoted(text, '\''); }
std::string quoted_name(std::string_view name) { return quoted(name, '"'); }

std::string take_text(const DuckDB& duckdb, char* text) {
  const std::string copy = text != nullptr ? text : "";
  duckdb.free(text);
  return copy;
}

Session::Session(const DuckDB& duckdb, const Config& config) : duckdb_(duckdb) {
  Owned<ConfigHandle> settings(duckdb.destroy_config);
  duckdb.create_config(settings.out());
  const auto set = [&](const char* name, const std::string& value) {
    if (duckdb.set_config(settings.get(), name, value.c_str()) == State::success) return;
    throw headrace::Error(HEADRACE_UNSUPPORTED, std::string("this DuckDB does not know the setting ") + name);
  };
  set("threads", std::to_string(config.threads));
  set("memory_limit", std::to_string(config.memory_bytes) + "B");
  set("temp_directory", "");
  set("autoinstall_known_extensions", "false");
  set("autoload_known_extensions", "false");
  set("preserve_insertion_order", "true");
  char* problem = nullptr;
  if (duckdb.open_ext(nullptr, &database_, settings.get(), &problem) != State::success) {
    throw headrace::Error(HEADRACE_FATAL, "DuckDB did not start: " + take_text(duckdb, problem));
  }
  if (duckdb.connect(database_, &connection_) != State::success) {
    duckdb.close(&database_);
    throw headrace::Error(HEADRACE_FATAL, "DuckDB gave no connection");
  }
}

Session::~Session() {
  duckdb_.disconnect(&connection_);
  duckdb_.close(&database_);
}

void Session::lock(const std::vector<std::string>& allowed_files) {
  std::string list;
  for (const auto& file : allowed_files) list += (list.empty() ? "" : ", ") + quoted_text(file);
  if (!list.empty()) run("SET allowed_paths = [" + list + "]");
  run("SET enable_external_access = false");
  run("SET lock_configuration = true");
}

void Session::run(const std::string& statement) {
  ResultOwner result(duckdb_);
  if (duckdb_.query(connection_, statement.c_str(), result.get()) != State::success) fail(result, HEADRACE_FATAL);
}

std::vector<std::string> Session::texts(const std::string& statement, Index column) {
  ResultOwner result(duckdb_);
  if (duckdb_.query(connection_, statement.c_str(), result.get()) != State::success) {
    fail(result, HEADRACE_INVALID_CONFIG);
  }
  std::vector<std::string> texts;
  const auto chunk = result.fetch();
  if (!chunk) return texts;
  const auto* values = static_cast<const String*>(
      duckdb_.vector_get_data(duckdb_.data_chunk_get_vector(chunk.get(), column)));
  for (Index i = 0; i < duckdb_.data_chunk_get_size(chunk.get()); ++i) texts.emplace_back(text_of(values[i]));
  return texts;
}

Owned<PreparedHandle> Session::prepare_select(const std::string& sql) {
  const auto refuse = [](const std::string& why) -> headrace::Error {
    return headrace::Error(HEADRACE_INVALID_CONFIG, "query: " + why);
  };
  Owned<StatementsHandle> statements(duckdb_.destroy_extracted);
  const Index count = duckdb_.extract_statements(connection_, sql.c_str(), statements.out());
  if (count == 0) {
    const char* problem = duckdb_.extract_statements_error(statements.get());
    throw refuse(problem != nullptr ? first_paragraph(problem) : "there is no statement in it");
  }
  if (count > 1) throw refuse("has " + std::to_string(count) + " statements; exactly one SELECT is needed");
  Owned<PreparedHandle> prepared(duckdb_.destroy_prepare);
  if (duckdb_.prepare_extracted_statement(connection_, statements.get(), 0, prepared.out()) != State::success) {
    throw refuse(first_paragraph(duckdb_.prepare_error(prepared.get())));
  }
  if (duckdb_.prepared_statement_type(prepared.get()) != kStatementSelect) {
    throw refuse("is not a SELECT; only reading is possible");
  }
  if (duckdb_.nparams(prepared.get()) != 0) throw refuse("has parameters, for which there are no values");
  return prepared;
}

std::vector<OutputColumn> Session::columns(PreparedHandle prepared) const {
  std::vector<OutputColumn> columns;
  const Index count = duckdb_.prepared_statement_column_count(prepared);
  for (Index i = 0; i < count; ++i) {
    // DuckDB allocates the name although its prototype says `const`.
    char* name = const_cast<char*>(duckdb_.prepared_statement_column_name(prepared, i));
    columns.push_back({take_text(duckdb_, name),
                       Owned<TypeHandle>(duckdb_.destroy_logical_type,
                                         duckdb_.prepared_statement_column_logical_type(prepared, i))});
  }
  return columns;
}

void Session::fail(ResultOwner& result, headrace_status otherwise) const {
  const ErrorType type = duckdb_.result_error_type(result.get());
  const std::string message = first_paragraph(duckdb_.result_error(result.get()));
  const auto code = static_cast<int64_t>(type);
  switch (type) {
    case ErrorType::interrupt:
      throw headrace::Error(HEADRACE_CANCELLED, "cancelled by the host");
    case ErrorType::fatal:
    case ErrorType::internal:
      throw headrace::Error(HEADRACE_FATAL, "DuckDB: " + message).vendor(code);
    case ErrorType::out_of_memory:
      throw headrace::Error(HEADRACE_UNSUPPORTED, "DuckDB: " + message + "; raise memory_bytes").vendor(code);
    default:
      throw headrace::Error(otherwise, "DuckDB: " + message).vendor(code);
  }
}

}  // namespace sql
