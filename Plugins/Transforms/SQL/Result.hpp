/// DuckDB's vectors into Arrow.
#pragma once

#include "Types.hpp"

#include <memory>

namespace sql {

inline std::string_view text_of(const String& value) {
  const uint32_t length = value.inlined.length;
  return std::string_view(length <= String::kInlined ? value.inlined.data : value.pointer.data, length);
}

/// Collects the values of one column over all chunks of a result.
class ColumnBuilder {
 public:
  virtual ~ColumnBuilder() = default;
  /// For a type that `output_field` accepts.
  static std::unique_ptr<ColumnBuilder> make(const DuckDB& duckdb, TypeHandle type);

  /// How many values will come, about; memory is then taken once.
  virtual void expect(std::size_t) {}
  /// Appends the values at `first` up to `first + count`.
  void append(VectorHandle vector, Index first, Index count);
  /// What was appended. The builder is empty afterwards.
  headrace::Column finish();

 protected:
  explicit ColumnBuilder(const DuckDB& duckdb) : duckdb_(duckdb) {}
  virtual void append_values(VectorHandle vector, Index first, Index count) = 0;
  virtual void finish_values(headrace::Column* column) = 0;

  const DuckDB& duckdb_;
  int64_t length_ = 0;  // without the values that are being appended

 private:
  void append_validity(const uint64_t* validity, Index first, Index count);

  headrace::Buffer validity_;  // empty as long as nothing is NULL
  int64_t null_count_ = 0;
};

/// The columns of a result.
class ResultBuilder {
 public:
  /// `expected_rows` is a guess; 0 if there is none.
  ResultBuilder(const DuckDB& duckdb, const std::vector<OutputColumn>& columns, std::size_t expected_rows);
  void append(ChunkHandle chunk);
  /// A struct array. The builder is empty afterwards; one that threw is only destroyed.
  headrace::Array finish();

 private:
  const DuckDB& duckdb_;
  std::vector<std::unique_ptr<ColumnBuilder>> columns_;
  int64_t rows_ = 0;
};

}  // namespace sql
