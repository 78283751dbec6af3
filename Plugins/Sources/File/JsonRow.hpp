// Turns one JSON object into one row of columns.
#pragma once

#include "Column.hpp"
#include "Json.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace headrace::file {

/// Programs write the same keys in the same order on every line. So the keys of the last rows are kept as they were
/// spelled, and compared before anything is parsed: a hit costs two loads, and a miss a look-up by name, after which
/// the key is known too. Values go from the line into the columns' buffers without a copy in between.
///
/// The parser is strict, also about what it skips: what it accepts is JSON.
class JsonRow {
 public:
  /// `columns` must outlive this object. With `rejects_unknown`, a key without a column is an error.
  JsonRow(std::vector<std::unique_ptr<Column>>& columns, bool rejects_unknown);

  /// Appends the object in [begin, end). False if it is no row; the caller then takes back what was appended.
  /// 64 bytes behind `end` must be readable.
  bool append(const char* begin, const char* end);

  /// After a failure: what is wrong, and where in the line if it is about syntax, else -1.
  const std::string& reason() const { return reason_; }
  std::int64_t place() const { return place_; }

  /// Keys without a column so far.
  std::int64_t unknown_count() const { return unknown_; }

 private:
  /// A key as it stands in the file: quotes, colon and the spaces around that included. Its first and last 8 bytes are
  /// compared as words.
  struct Slot {
    std::uint64_t head, tail, mask;
    std::uint32_t size, tail_at;
    int column;  // -1: none
    std::string spelling;

    Slot(std::string text, int column);
    bool matches(const char* at, const char* end) const {
      std::uint64_t first, last;
      std::memcpy(&first, at, 8);
      std::memcpy(&last, at + tail_at, 8);
      if ((((first ^ head) | (last ^ tail)) & mask) != 0) return false;
      if (size <= 16) return true;
      return size <= static_cast<std::size_t>(end - at) && std::memcmp(at, spelling.data(), size) == 0;
    }
  };

  /// The keys of one structure, or of the row.
  struct Shape {
    std::vector<Slot> slots;
    std::unordered_map<std::string_view, int> by_name;
    std::unordered_map<std::string, std::size_t> by_spelling;
    std::vector<std::unique_ptr<Shape>> children;  // per column; of structures, and of lists of them
  };

  JsonCursor cursor_;
  const char* begin_ = nullptr;
  std::vector<std::unique_ptr<Column>>& columns_;
  Shape root_;
  bool rejects_unknown_;
  std::int64_t unknown_ = 0;
  std::string reason_;
  std::int64_t place_ = -1;
  std::string scratch_;

  static void describe(std::vector<std::unique_ptr<Column>>& columns, Shape& shape);
  static Shape* shape_of(Column& column);

  bool object(std::vector<std::unique_ptr<Column>>& columns, Shape& shape, std::int64_t row, int depth);
  bool fields(std::vector<std::unique_ptr<Column>>& columns, Shape& shape, std::int64_t row, int depth,
              std::size_t& seen);
  bool fill_missing(std::vector<std::unique_ptr<Column>>& columns, std::int64_t row);
  bool key(Shape& shape, std::size_t& expected, int& column);
  bool new_key(Shape& shape, std::size_t& expected, int& column);
  bool value(Column& column, Shape* shape, int depth);
  bool text_value(Column& column);
  bool string_value(Column& column);
  bool integer_value(Column& column);
  bool double_value(Column& column);
  bool word_value(Column& column);
  bool nested_value(Column& column, Shape* shape, int depth);
  bool list_value(Column& column, Shape* shape, int depth);
  bool any_text(Column& column);
  bool does_not_fit(Column& column, const char* start);
  bool null(Column& column);
  bool bad_syntax();
};

}  // namespace headrace::file
