/// The table `input`: a batch as DuckDB scans it, column by column and only those that the query needs.
#pragma once

#include "Types.hpp"

namespace sql {

class Input {
 public:
  /// Registers the table function and the view `input` over it. `this` has to outlive the session.
  void attach(Session* session, std::vector<InputType> columns);

  /// The batch that the next scan reads. It is not copied where DuckDB can point to it, so it has to live until the
  /// result was fetched.
  void lend(const ArrowArray* batch) { batch_ = batch; }

  /// As the plan names the scan.
  static constexpr std::string_view kFunction = "headrace_input";

 private:
  /// One reading of the batch.
  struct Scan {
    Input* input = nullptr;
    std::vector<Index> projection;
    int64_t position = 0;

    void fill(ChunkHandle chunk);
  };

  static void bind(BindHandle info);
  static void init(InitHandle info);
  static void scan(FunctionHandle info, ChunkHandle chunk);

  std::vector<InputType> columns_;
  const ArrowArray* batch_ = nullptr;
};

}  // namespace sql
