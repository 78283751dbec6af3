#include "Column.hpp"

#include <algorithm>

namespace headrace::file {

namespace {

std::size_t fixed_width(Kind kind) {
  switch (kind) {
    case Kind::int32:
    case Kind::float32:
    case Kind::date:
      return 4;
    case Kind::int64:
    case Kind::float64:
    case Kind::time:
    case Kind::timestamp:
    case Kind::timestamptz:
      return 8;
    case Kind::decimal:
    case Kind::uuid:
      return 16;
    default:
      return 0;
  }
}

/// What a buffer begins with at most, so that one huge record does not make every batch after it huge.
constexpr std::size_t most_kept = std::size_t{4} << 20;

struct ArrayOwner {
  Buffer memory[3];
  const void* pointers[3] = {nullptr, nullptr, nullptr};
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> child_pointers;
};

void release_array(ArrowArray* array) {
  auto* owner = static_cast<ArrayOwner*>(array->private_data);
  for (ArrowArray& child : owner->children) {
    if (child.release != nullptr) child.release(&child);
  }
  delete owner;
  array->release = nullptr;
}

void export_array(std::unique_ptr<ArrayOwner> owner, std::int64_t length, std::int64_t nulls, std::int64_t n_buffers,
                  ArrowArray* out) {
  for (ArrowArray& child : owner->children) owner->child_pointers.push_back(&child);
  *out = ArrowArray{};
  out->length = length;
  out->null_count = nulls;
  out->n_buffers = n_buffers;
  out->n_children = static_cast<std::int64_t>(owner->child_pointers.size());
  out->buffers = owner->pointers;
  out->children = owner->child_pointers.empty() ? nullptr : owner->child_pointers.data();
  out->release = release_array;
  out->private_data = owner.release();
}

}  // namespace

Column::Column(const Field& field, const std::string& path)
    : field_(field), path_(path), width_(fixed_width(field.type.kind)) {
  for (const Field& child : field_.type.children) {
    std::string child_path = kind() == Kind::list ? path_ + "[]" : path_ + "." + child.name;
    children_.push_back(std::make_unique<Column>(child, child_path));
  }
  begin();
}

void Column::begin() {
  length_ = nulls_ = 0;
  bytes_ = 0;
  has_validity_ = false;
  if (has_offsets()) {
    offsets_.reserve(64);
    offsets_.as<std::int32_t>()[0] = 0;
  }
  if (kind() != Kind::structure && kind() != Kind::list) data_.reserve(64);
}

void Column::append_null() {
  if (!has_validity_) make_validity();
  set_bit(validity_, false);
  ++nulls_;
  append_empty();
}

void Column::append_empty() {
  if (has_offsets()) {
    offsets_.reserve(static_cast<std::size_t>(length_ + 2) * sizeof(std::int32_t));
    offsets_.as<std::int32_t>()[length_ + 1] = offsets_.as<std::int32_t>()[length_];
  } else if (kind() == Kind::structure) {
    for (auto& child : children_) child->append_null();
  } else if (kind() == Kind::boolean) {
    set_bit(data_, false);
  } else {
    data_.reserve(static_cast<std::size_t>(length_ + 1) * width_);
    std::memset(data_.as<std::uint8_t>() + static_cast<std::size_t>(length_) * width_, 0, width_);
  }
  ++length_;
}

void Column::make_validity() {
  std::size_t bytes = static_cast<std::size_t>(length_ / 8 + 1);
  validity_.reserve(std::max<std::size_t>(bytes, 64));
  std::memset(validity_.as<std::uint8_t>(), 0xff, bytes);
  has_validity_ = true;
}

void Column::truncate(std::int64_t length) {
  for (std::int64_t row = length; has_validity_ && row < length_; ++row) {
    if ((validity_.as<std::uint8_t>()[row / 8] >> (row % 8) & 1) == 0) --nulls_;
  }
  length_ = std::min(length_, length);
  if (has_offsets() && kind() != Kind::list) {
    bytes_ = static_cast<std::size_t>(offsets_.as<std::int32_t>()[length_]);
  }
  std::int64_t inner = kind() == Kind::list ? offsets_.as<std::int32_t>()[length_] : length_;
  for (auto& child : children_) child->truncate(inner);
}

void Column::finish(ArrowArray* out) {
  auto owner = std::make_unique<ArrayOwner>();
  std::size_t sizes[3] = {has_validity_ ? validity_.capacity() : 0, offsets_.capacity(), data_.capacity()};
  int used = 0;
  auto give = [&](Buffer& buffer, bool is_there) {
    if (is_there) owner->pointers[used] = buffer.as<std::uint8_t>();
    owner->memory[used++] = std::move(buffer);
    buffer = Buffer();
  };
  give(validity_, has_validity_);
  if (has_offsets()) give(offsets_, true);
  if (kind() != Kind::list && kind() != Kind::structure) give(data_, true);
  owner->children.resize(children_.size());
  for (std::size_t i = 0; i < children_.size(); ++i) children_[i]->finish(&owner->children[i]);
  export_array(std::move(owner), length_, nulls_, used, out);
  for (std::size_t& size : sizes) size = std::min(size, most_kept);
  validity_.reserve(sizes[0]);  // the next batch will be about as large
  offsets_.reserve(sizes[1]);
  data_.reserve(sizes[2]);
  begin();
}

void finish_batch(std::vector<std::unique_ptr<Column>>& columns, std::int64_t length, ArrowArray* out) {
  auto owner = std::make_unique<ArrayOwner>();
  owner->children.resize(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i]->finish(&owner->children[i]);
  export_array(std::move(owner), length, 0, 1, out);
}

}  // namespace headrace::file
