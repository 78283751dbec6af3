/// Owners and builders of Arrow's two C structures.
#pragma once

#include <arrow_c_data.h>
#include <headrace/cxx/error.hpp>
#include <headrace/cxx/memory.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

/// Owns an ArrowSchema or an ArrowArray: released once, by whoever holds it last.
template <class Struct>
class ArrowOwner {
 public:
  ArrowOwner() { std::memset(&value_, 0, sizeof value_); }
  /// Moves out of `source`, which is left empty.
  explicit ArrowOwner(Struct* source) : value_(*source) { source->release = nullptr; }
  ArrowOwner(ArrowOwner&& other) noexcept : value_(other.value_) { other.value_.release = nullptr; }
  ArrowOwner& operator=(ArrowOwner&& other) noexcept {
    if (this != &other) {
      reset();
      value_ = other.value_;
      other.value_.release = nullptr;
    }
    return *this;
  }
  ~ArrowOwner() { reset(); }

  void reset() noexcept {
    if (value_.release != nullptr) value_.release(&value_);
    value_.release = nullptr;
  }

  /// Hands the structure over; the owner is empty afterwards.
  void move_to(Struct* out) noexcept {
    *out = value_;
    value_.release = nullptr;
  }

  bool is_empty() const noexcept { return value_.release == nullptr; }
  Struct* get() noexcept { return &value_; }
  const Struct* get() const noexcept { return &value_; }
  const Struct* operator->() const noexcept { return &value_; }

 private:
  Struct value_;
};

using Schema = ArrowOwner<ArrowSchema>;
using Array = ArrowOwner<ArrowArray>;

using Metadata = std::vector<std::pair<std::string, std::string>>;

/// Encodes key-value metadata as the C data interface asks: counts and lengths as native 32-bit integers.
inline std::string encode_metadata(const Metadata& metadata) {
  if (metadata.empty()) return {};
  std::string out;
  const auto append_length = [&out](std::size_t length) {
    const auto value = static_cast<int32_t>(length);
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  append_length(metadata.size());
  for (const auto& [key, value] : metadata) {
    append_length(key.size());
    out += key;
    append_length(value.size());
    out += value;
  }
  return out;
}

inline Metadata decode_metadata(const char* encoded) {
  Metadata metadata;
  if (encoded == nullptr) return metadata;
  const auto read_length = [&encoded] {
    int32_t value = 0;
    std::memcpy(&value, encoded, sizeof value);
    encoded += sizeof value;
    return value;
  };
  const auto read_text = [&] {
    const auto length = static_cast<std::size_t>(read_length());
    std::string text(encoded, length);
    encoded += length;
    return text;
  };
  const int32_t count = read_length();
  for (int32_t i = 0; i < count; ++i) {
    std::string key = read_text();
    metadata.emplace_back(std::move(key), read_text());
  }
  return metadata;
}

/// A column's type and name, from which an ArrowSchema is made.
struct Field {
  std::string name;
  std::string format;
  bool is_nullable = true;
  Metadata metadata = {};
  std::vector<Field> children = {};
  bool are_keys_sorted = false;  // of a map

  std::string_view metadata_value(std::string_view key) const {
    for (const auto& pair : metadata) {
      if (pair.first == key) return pair.second;
    }
    return {};
  }
};

namespace detail {

struct SchemaNode {
  std::string name, format, metadata;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

inline void release_schema(ArrowSchema* schema) {
  auto* node = static_cast<SchemaNode*>(schema->private_data);
  for (auto& child : node->children) {
    if (child.release != nullptr) child.release(&child);
  }
  delete node;
  schema->release = nullptr;
}

}  // namespace detail

/// Makes an ArrowSchema of `field` in `out`, which the receiver releases.
inline void export_schema(const Field& field, ArrowSchema* out) {
  auto node = std::make_unique<detail::SchemaNode>();
  node->name = field.name;
  node->format = field.format;
  node->metadata = encode_metadata(field.metadata);
  std::vector<Schema> children(field.children.size());
  for (std::size_t i = 0; i < children.size(); ++i) export_schema(field.children[i], children[i].get());
  node->children.resize(children.size());
  node->pointers.resize(children.size());
  for (std::size_t i = 0; i < children.size(); ++i) {
    children[i].move_to(&node->children[i]);
    node->pointers[i] = &node->children[i];
  }
  ArrowSchema schema{};
  schema.format = node->format.c_str();
  schema.name = node->name.c_str();
  schema.metadata = node->metadata.empty() ? nullptr : node->metadata.data();
  if (field.is_nullable) schema.flags |= ARROW_FLAG_NULLABLE;
  if (field.are_keys_sorted) schema.flags |= ARROW_FLAG_MAP_KEYS_SORTED;
  schema.n_children = static_cast<int64_t>(node->children.size());
  schema.children = node->pointers.data();
  schema.release = detail::release_schema;
  schema.private_data = node.release();
  *out = schema;
}

/// Reads an ArrowSchema into fields. Dictionaries are not read: no kind uses them.
inline Field import_schema(const ArrowSchema& schema) {
  Field field;
  field.name = schema.name != nullptr ? schema.name : "";
  field.format = schema.format;
  field.is_nullable = (schema.flags & ARROW_FLAG_NULLABLE) != 0;
  field.are_keys_sorted = (schema.flags & ARROW_FLAG_MAP_KEYS_SORTED) != 0;
  field.metadata = decode_metadata(schema.metadata);
  for (int64_t i = 0; i < schema.n_children; ++i) field.children.push_back(import_schema(*schema.children[i]));
  return field;
}

/// Growing memory, aligned to 64 bytes, the host's where that is possible; new bytes are not initialised.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size) { resize(size); }
  Buffer(Buffer&& other) noexcept
      : block_(std::move(other.block_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }

  uint8_t* data() noexcept { return block_.data(); }
  const uint8_t* data() const noexcept { return block_.data(); }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }

  template <class Value>
  Value* as() noexcept {
    return reinterpret_cast<Value*>(data());
  }

  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    const std::size_t rounded = (std::max(capacity, capacity_ * 2) + 63) / 64 * 64;
    Block grown(rounded);
    if (grown.data() == nullptr) throw std::bad_alloc();
    if (size_ > 0) std::memcpy(grown.data(), data(), size_);
    block_ = std::move(grown);
    capacity_ = rounded;
  }

  void resize(std::size_t size) {
    reserve(size);
    size_ = size;
  }

  void append(const void* bytes, std::size_t count) {
    reserve(size_ + count);
    if (count > 0) std::memcpy(data() + size_, bytes, count);
    size_ += count;
  }

  template <class Value>
  void push(Value value) {
    append(&value, sizeof value);
  }

  void zero() {
    if (size_ > 0) std::memset(data(), 0, size_);
  }

 private:
  Block block_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// A column's values, from which an ArrowArray is made. The first buffer is the validity bitmap; leave it empty if
/// nothing is null.
struct Column {
  int64_t length = 0;
  int64_t null_count = 0;
  std::vector<Buffer> buffers;
  std::vector<Column> children;
};

namespace detail {

struct ArrayNode {
  std::vector<Buffer> buffers;
  std::vector<const void*> buffer_pointers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
};

inline void release_array(ArrowArray* array) {
  auto* node = static_cast<ArrayNode*>(array->private_data);
  for (auto& child : node->children) {
    if (child.release != nullptr) child.release(&child);
  }
  delete node;
  array->release = nullptr;
}

/// What an empty buffer that must be present points to.
inline const void* no_bytes() {
  alignas(64) static const uint8_t zeros[64] = {};
  return zeros;
}

}  // namespace detail

/// Makes an ArrowArray of `column` in `out`, which the receiver releases on any thread.
inline void export_array(Column&& column, ArrowArray* out) {
  auto node = std::make_unique<detail::ArrayNode>();
  node->buffers = std::move(column.buffers);
  for (std::size_t i = 0; i < node->buffers.size(); ++i) {
    const void* data = node->buffers[i].data();
    const bool is_validity = i == 0;
    node->buffer_pointers.push_back(data == nullptr && !is_validity ? detail::no_bytes() : data);
  }
  std::vector<Array> children(column.children.size());
  for (std::size_t i = 0; i < children.size(); ++i) export_array(std::move(column.children[i]), children[i].get());
  node->children.resize(children.size());
  node->pointers.resize(children.size());
  for (std::size_t i = 0; i < children.size(); ++i) {
    children[i].move_to(&node->children[i]);
    node->pointers[i] = &node->children[i];
  }
  ArrowArray array{};
  array.length = column.length;
  array.null_count = column.null_count;
  array.n_buffers = static_cast<int64_t>(node->buffer_pointers.size());
  array.n_children = static_cast<int64_t>(node->children.size());
  array.buffers = node->buffer_pointers.data();
  array.children = node->pointers.data();
  array.release = detail::release_array;
  array.private_data = node.release();
  *out = array;
}

}  // namespace headrace
