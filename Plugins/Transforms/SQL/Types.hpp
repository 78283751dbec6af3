/// Arrow's types as DuckDB's, and back.
#pragma once

#include "Session.hpp"

namespace sql {

/// The metadata by which Arrow marks a type that it does not have itself.
constexpr std::string_view kExtensionName = "ARROW:extension:name";

/// What a column is, decided once per column and not per value.
enum class Kind {
  boolean, int8, int16, int32, int64, uint8, uint16, uint32, uint64, real, double_precision, decimal, text, large_text,
  binary, large_binary, fixed_binary, uuid, date, time, timestamp_s, timestamp_ms, timestamp, timestamp_ns,
  timestamp_tz, list, large_list, structure, map,
};

/// A column that comes in, with everything that its conversion needs.
struct InputType {
  Kind kind = Kind::boolean;
  std::string name;
  int width = 0;  // of a decimal: its precision; of fixed binary: its bytes
  int scale = 0;
  std::vector<InputType> children;  // a list's one, a map's key and value below one structure, a structure's

  /// Throws UNSUPPORTED, which names the column.
  static InputType of(const headrace::Field& field);
  Owned<TypeHandle> make(const DuckDB& duckdb) const;
  /// As it is written in SQL: `DECIMAL(12,2)[]`.
  std::string sql() const;
};

/// The Arrow field of a column that goes out. Throws INVALID_CONFIG for a type that no table can hold.
headrace::Field output_field(const DuckDB& duckdb, const std::string& name, TypeHandle type);

}  // namespace sql
