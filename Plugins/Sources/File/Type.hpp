// The types of columns, by their Apache Iceberg names.
#pragma once

#include <headrace/headrace.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::file {

enum class Kind : std::uint8_t {
  boolean, int32, int64, float32, float64, decimal, date, time, timestamp, timestamptz, string, uuid, binary, list,
  structure,
};

struct Field;

struct Type {
  Kind kind = Kind::string;
  int precision = 0;             // decimals
  int scale = 0;                 // decimals
  std::vector<Field> children;  // a list's element, a structure's fields

  /// The name that a user would write: `decimal(12, 2)`, `list<long>`.
  std::string name() const;
};

struct Field {
  std::string name;
  Type type;
  bool nullable = true;
  bool inferred = false;  // then `007` is no number: it would lose its zeros
};

using Schema = std::vector<Field>;

/// Reads a type's name. Throws INVALID_CONFIG, which names `column` and what is allowed.
Type parse_type(std::string_view text, std::string_view column);

/// Fills `out` with a struct type of these columns. The receiver releases it.
void export_schema(const Schema& schema, ArrowSchema* out);

}  // namespace headrace::file
