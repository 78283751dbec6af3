// Builds one Arrow column, value by value, straight into the buffers that leave the plugin.
#pragma once

#include "Buffer.hpp"
#include "Type.hpp"

#include <memory>
#include <vector>

namespace headrace::file {

/// A validity bitmap is made at the first null only. A row that turns out to be bad half-way is taken back with
/// `truncate`, which is why nothing here counts on a value being complete.
class Column {
 public:
  /// `path` is the column's name as errors tell it; the fields of a structure add to it.
  Column(const Field& field, const std::string& path);

  const Field& field() const { return field_; }
  const std::string& path() const { return path_; }
  Kind kind() const { return field_.type.kind; }
  std::int64_t length() const { return length_; }
  std::vector<std::unique_ptr<Column>>& children() { return children_; }

  template <class T>
  void append(T value) {
    data_.reserve(static_cast<std::size_t>(length_ + 1) * sizeof(T));
    data_.as<T>()[length_] = value;
    end_value();
  }

  void append_bool(bool value) {
    set_bit(data_, value);
    end_value();
  }

  /// Room for `most` bytes of a value of variable length (and 16 more); `end_bytes` says how many it has become.
  char* begin_bytes(std::size_t most) {
    data_.reserve(bytes_ + most);
    return data_.as<char>() + bytes_;
  }

  void end_bytes(std::size_t count) {
    bytes_ += count;
    end_offset(static_cast<std::int32_t>(bytes_));
  }

  /// Ends a list whose elements have been appended to its child.
  void end_list() { end_offset(static_cast<std::int32_t>(children_.front()->length_)); }

  /// Ends a structure whose fields have been appended to its children.
  void end_structure() { end_value(); }

  void append_null();

  /// Forgets everything from row `length` on, half-built values included.
  void truncate(std::int64_t length);

  /// Moves what was built to `out`, and begins again.
  void finish(ArrowArray* out);

 private:
  Field field_;
  std::string path_;
  std::vector<std::unique_ptr<Column>> children_;
  Buffer validity_, offsets_, data_;
  bool has_validity_ = false;
  std::int64_t length_ = 0;
  std::int64_t nulls_ = 0;
  std::size_t bytes_ = 0;  // of values of variable length
  std::size_t width_ = 0;  // of values of fixed length

  void set_bit(Buffer& bits, bool value) {
    bits.reserve(static_cast<std::size_t>(length_ / 8 + 1));
    std::uint8_t& byte = bits.as<std::uint8_t>()[length_ / 8];
    std::uint8_t mask = static_cast<std::uint8_t>(1u << (length_ % 8));
    byte = static_cast<std::uint8_t>((byte & ~mask) | (value ? mask : 0));
  }

  void end_value() {
    if (has_validity_) [[unlikely]] set_bit(validity_, true);
    ++length_;
  }

  void end_offset(std::int32_t end) {
    offsets_.reserve(static_cast<std::size_t>(length_ + 2) * sizeof(std::int32_t));
    offsets_.as<std::int32_t>()[length_ + 1] = end;
    end_value();
  }

  bool has_offsets() const { return kind() == Kind::string || kind() == Kind::binary || kind() == Kind::list; }
  void begin();
  void append_empty();
  void make_validity();
};

/// Moves the columns of a batch to `out`, a struct array of `length` rows.
void finish_batch(std::vector<std::unique_ptr<Column>>& columns, std::int64_t length, ArrowArray* out);

}  // namespace headrace::file
