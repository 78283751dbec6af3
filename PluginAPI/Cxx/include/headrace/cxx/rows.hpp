/// Rows of int64, float64 and utf8 columns: built, read, and put in place of others.
#pragma once

#include <headrace/cxx/arrow.hpp>
#include <headrace/cxx/batch.hpp>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace headrace {

constexpr const char* kInt64 = "l";
constexpr const char* kFloat64 = "g";
constexpr const char* kUTF8 = "u";

/// The schema of a stream or a batch: a struct of these columns.
inline Field struct_of(std::vector<Field> columns) { return Field{"", "+s", false, {}, std::move(columns)}; }

/// Builds rows one after the other. A cell that nothing is put into is null.
class RowsBuilder {
 public:
  explicit RowsBuilder(const std::vector<Field>& columns) {
    for (const Field& column : columns) {
      if (column.format != kInt64 && column.format != kFloat64 && column.format != kUTF8)
        throw Error(HEADRACE_FATAL, "column '" + column.name + "' is of a type that needs a builder of its own");
      columns_.push_back(Cells{column.format[0], false, Column{}});
      columns_.back().column.buffers.resize(column.format == kUTF8 ? 3 : 2);
      if (column.format == kUTF8) columns_.back().column.buffers[1].push(int32_t{0});
    }
  }

  /// Puts a number or a text, which has to be UTF-8, into a cell of the row.
  template <class Value>
  void put(std::size_t index, const Value& value) {
    if constexpr (std::is_integral_v<Value>) {
      cells(index, 'l').column.buffers[1].push(static_cast<int64_t>(value));
    } else if constexpr (std::is_floating_point_v<Value>) {
      cells(index, 'g').column.buffers[1].push(static_cast<double>(value));
    } else {
      const std::string_view text = value;
      Buffer& bytes = cells(index, 'u').column.buffers[2];
      if (text.size() > std::numeric_limits<int32_t>::max() - bytes.size())
        throw Error(HEADRACE_FATAL, "more than 2 GiB of text in a column");
      bytes.append(text.data(), text.size());
    }
  }

  void end_row() {
    for (Cells& cells : columns_) {
      auto& [length, null_count, buffers, children] = cells.column;
      const auto bit = static_cast<std::size_t>(length++ % 8);
      if (bit == 0) buffers[0].push(uint8_t{0});
      if (cells.is_put) buffers[0].data()[buffers[0].size() - 1] |= static_cast<uint8_t>(1 << bit);
      if (!cells.is_put) ++null_count;
      if (cells.type == 'u') buffers[1].push(static_cast<int32_t>(buffers[2].size()));
      else if (!cells.is_put) buffers[1].push(int64_t{0});
      cells.is_put = false;
    }
    ++length_;
  }

  int64_t length() const { return length_; }

  /// Hands over the rows as an array of structs. The builder is of no use afterwards.
  Array finish() {
    Column rows{length_, 0, std::vector<Buffer>(1), {}};
    for (Cells& cells : columns_) {
      if (cells.column.null_count == 0) cells.column.buffers[0] = Buffer();
      rows.children.push_back(std::move(cells.column));
    }
    Array array;
    export_array(std::move(rows), array.get());
    return array;
  }

 private:
  struct Cells {
    char type;
    bool is_put;
    Column column;
  };

  Cells& cells(std::size_t index, char type) {
    Cells& cells = columns_.at(index);
    if (cells.type != type) throw Error(HEADRACE_FATAL, "a value was put into a column of another type");
    if (std::exchange(cells.is_put, true)) throw Error(HEADRACE_FATAL, "two values were put into one cell");
    return cells;
  }

  std::vector<Cells> columns_;
  int64_t length_ = 0;
};

/// The cells of a column by the rows of the batch: the offsets of both are counted in. Borrows the batch.
class ColumnView {
 public:
  ColumnView(const ArrowArray& batch, int64_t column)
      : array_(batch.children[column]), first_(batch.offset + array_->offset) {}

  bool is_null(int64_t row) const {
    const auto* validity = static_cast<const uint8_t*>(array_->buffers[0]);
    const int64_t bit = first_ + row;
    return validity != nullptr && (validity[bit / 8] >> (bit % 8) & 1) == 0;
  }

  /// The value of a cell that is not null, of a column of that type.
  int64_t int64(int64_t row) const { return static_cast<const int64_t*>(array_->buffers[1])[first_ + row]; }
  double float64(int64_t row) const { return static_cast<const double*>(array_->buffers[1])[first_ + row]; }

  /// Valid as long as the batch.
  std::string_view text(int64_t row) const {
    const auto* offsets = static_cast<const int32_t*>(array_->buffers[1]) + first_ + row;
    if (offsets[0] == offsets[1]) return {};  // where all texts are empty, there need be no bytes to point to
    const auto length = static_cast<std::size_t>(offsets[1] - offsets[0]);
    return std::string_view(static_cast<const char*>(array_->buffers[2]) + offsets[0], length);
  }

 private:
  const ArrowArray* array_;
  int64_t first_;
};

/// The index of the column `name`, which has to be of one of these formats. Throws INVALID_CONFIG otherwise, with the
/// name and what there is in its place.
inline int64_t expect_column(const ArrowSchema& schema, std::string_view name,
                             std::initializer_list<std::string_view> formats) {
  const auto type_name = [](std::string_view format) {
    return std::string(format == kInt64 ? "int64" : format == kFloat64 ? "float64" : format == kUTF8 ? "utf8" : format);
  };
  std::string names, wanted;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& child = *schema.children[i];
    const std::string_view other = child.name != nullptr ? child.name : "";
    names += (i == 0 ? "'" : ", '") + std::string(other) + "'";
    if (other != name) continue;
    for (const std::string_view format : formats) {
      if (format == child.format) return i;
      wanted += (wanted.empty() ? "" : " or ") + type_name(format);
    }
    throw Error(HEADRACE_INVALID_CONFIG, "column '" + std::string(name) + "' is " + type_name(child.format) +
                                             "; it has to be " + wanted);
  }
  throw Error(HEADRACE_INVALID_CONFIG, "there is no column '" + std::string(name) + "'; the columns are " +
                                           (names.empty() ? "none" : names));
}

/// The end of `apply` for a transform that changes one column: the only column of `rows` takes its place, the others
/// move from `input` to `out` as they are. `input` is released; it is untouched if this throws.
inline void finish_replacing(ArrowArray* input, int64_t column, RowsBuilder&& rows, headrace_batch* out) {
  if (rows.length() != input->length) throw Error(HEADRACE_FATAL, "the new column has not as many rows as the batch");
  const auto count = static_cast<std::size_t>(input->n_children);
  auto node = std::make_unique<detail::ArrayNode>();
  node->buffer_pointers.push_back(nullptr);
  node->children.resize(count);
  node->pointers.resize(count);
  Array made = rows.finish();
  for (std::size_t i = 0; i < count; ++i) {  // from here on nothing throws
    const bool is_new = static_cast<int64_t>(i) == column;
    ArrowArray& child = node->children[i];
    node->pointers[i] = &child;
    Array(is_new ? made.get()->children[0] : input->children[i]).move_to(&child);
    if (is_new) continue;
    if (input->offset != 0 || child.length != input->length) child.null_count = child.null_count == 0 ? 0 : -1;
    child.offset += input->offset;  // the offset of the batch becomes that of its columns
    child.length = input->length;
  }
  headrace_batch batch{};
  batch.array.length = input->length;
  batch.array.n_buffers = 1;
  batch.array.n_children = input->n_children;
  batch.array.buffers = node->buffer_pointers.data();
  batch.array.children = node->pointers.data();
  batch.array.release = detail::release_array;
  batch.array.private_data = node.release();
  Array(input).reset();  // what is left: the old column, and the structure that held the others
  fill(out, batch);
}

}  // namespace headrace
