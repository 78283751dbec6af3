/// The plugin's settings, of both kinds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sql {

struct Config {
  /// Kind `transform` only: one SELECT over the table `input`.
  std::string query;
  /// Path of the DuckDB library; empty: it is searched for.
  std::string library;
  /// What DuckDB may take for one instance. A query that needs more fails; nothing is spilled to disk.
  int64_t memory_bytes = 256 << 20;
  /// Threads of a query (kind `query`). A transform has one: the host's lanes are its parallelism.
  int threads = 1;

  /// Throws INVALID_CONFIG.
  static Config parse(std::string_view json);
  static std::string_view transform_schema();
  static std::string_view query_schema();
};

}  // namespace sql
