/// A database in memory with one connection, and owners of what DuckDB hands out.
#pragma once

#include "Config.hpp"
#include "DuckDB.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sql {

/// Owns a handle that is destroyed through its address.
template <class Handle>
class Owned {
 public:
  using Destroy = const Function<void(Handle*)>;

  explicit Owned(Destroy& destroy, Handle handle = nullptr) : destroy_(&destroy), handle_(handle) {}
  Owned(Owned&& other) noexcept : destroy_(other.destroy_), handle_(std::exchange(other.handle_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(destroy_, other.destroy_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Owned() {
    if (handle_ != nullptr) (*destroy_)(&handle_);
  }

  Handle get() const { return handle_; }
  Handle* out() { return &handle_; }
  explicit operator bool() const { return handle_ != nullptr; }

 private:
  Destroy* destroy_;
  Handle handle_;
};

/// Takes over a text that DuckDB allocated.
std::string take_text(const DuckDB& duckdb, char* text);

class ResultOwner {
 public:
  explicit ResultOwner(const DuckDB& duckdb) : duckdb_(&duckdb), result_{} {}
  ResultOwner(const ResultOwner&) = delete;
  ResultOwner& operator=(const ResultOwner&) = delete;
  ~ResultOwner() { duckdb_->destroy_result(&result_); }

  Result* get() { return &result_; }
  /// The next rows; empty at the end.
  Owned<ChunkHandle> fetch() {
    return Owned<ChunkHandle>(duckdb_->destroy_data_chunk, duckdb_->fetch_chunk(result_));
  }

 private:
  const DuckDB* duckdb_;
  Result result_;
};

/// A column of a result.
struct OutputColumn {
  std::string name;
  Owned<TypeHandle> type;
};

class Session {
 public:
  /// Opens the database. Everything outside of it is closed off later, by `lock`.
  Session(const DuckDB& duckdb, const Config& config);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// From now on no file and no server is reachable except `allowed_files`, no extension is loaded, and no setting
  /// changes.
  void lock(const std::vector<std::string>& allowed_files);

  /// Runs a statement of our own.
  void run(const std::string& statement);
  /// Runs a statement of our own and gives the texts of one column of its first chunk.
  std::vector<std::string> texts(const std::string& statement, Index column);

  /// Prepares the one SELECT that `sql` has to be. Throws INVALID_CONFIG.
  Owned<PreparedHandle> prepare_select(const std::string& sql);
  std::vector<OutputColumn> columns(PreparedHandle prepared) const;

  /// Whether fetching ended early.
  bool has_failed(ResultOwner& result) const { return duckdb_.result_error(result.get()) != nullptr; }
  /// Throws what `result` says, if it is an error. `otherwise` is the status of errors that lie in data or statement.
  [[noreturn]] void fail(ResultOwner& result, headrace_status otherwise) const;

  const DuckDB& duckdb() const { return duckdb_; }
  ConnectionHandle connection() const { return connection_; }

  /// [any thread]
  void interrupt() const { duckdb_.interrupt(connection_); }

 private:
  const DuckDB& duckdb_;
  DatabaseHandle database_ = nullptr;
  ConnectionHandle connection_ = nullptr;
};

/// `'it''s'`
std::string quoted_text(std::string_view text);
/// `"a name"`
std::string quoted_name(std::string_view name);

}  // namespace sql
