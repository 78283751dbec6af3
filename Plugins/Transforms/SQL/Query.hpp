/// The kind `query` (draft): one SELECT over the files of tables.
#pragma once

#include "Result.hpp"

#include <headrace/ext/draft/query.h>

#include <memory>
#include <mutex>

namespace sql {

class Query : public headrace::Instance {
 public:
  Query(const headrace::Host& host, std::string_view config);

  void cancel() noexcept override;
  /// The tables that a statement reads, one per line.
  std::string tables(const std::string& sql);
  void run(const std::string& sql, const headrace_query_table* const* tables, uint64_t n_tables, ArrowSchema* schema);
  /// False at the end.
  bool next(const headrace::Call& call, headrace_batch* out);

 private:
  /// Everything of one statement; closed in the opposite order.
  struct Running {
    Running(const DuckDB& duckdb, const Config& config)
        : session(duckdb, config),
          prepared(duckdb.destroy_prepare),
          pending(duckdb.destroy_pending),
          result(duckdb) {}

    Session session;
    Owned<PreparedHandle> prepared;
    Owned<PendingHandle> pending;  // its end would end the result
    ResultOwner result;
    std::unique_ptr<ResultBuilder> builder;
    bool is_at_end = false;  // fetching once more would be an error
  };

  void replace(std::unique_ptr<Running> running);

  Config config_;
  std::mutex cancelling_;  // held while a session comes or goes, not while it works
  std::unique_ptr<Running> running_;
};

extern const headrace_query kQuery;

}  // namespace sql
