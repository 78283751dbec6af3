#include "Result.hpp"

#include "Bits.hpp"

#include <cstring>
#include <limits>

namespace sql {

void ColumnBuilder::append(VectorHandle vector, Index first, Index count) {
  append_validity(duckdb_.vector_get_validity(vector), first, count);
  append_values(vector, first, count);
  length_ += static_cast<int64_t>(count);
}

void ColumnBuilder::append_validity(const uint64_t* validity, Index first, Index count) {
  if (validity == nullptr && null_count_ == 0) return;
  const auto bit_at = [&](Index i) { return validity == nullptr || ((validity[i / 64] >> (i % 64)) & 1) != 0; };
  const auto old_length = static_cast<std::size_t>(length_);
  const std::size_t old_size = validity_.size();
  validity_.resize((old_length + count + 7) / 8);
  uint8_t* bits = validity_.data();
  // The first NULL of a column: everything before it is there.
  std::memset(bits + old_size, 0xff, validity_.size() - old_size);
  for (Index i = 0; i < count; ++i) {
    if (bit_at(first + i)) continue;
    const std::size_t bit = old_length + i;
    bits[bit / 8] = static_cast<uint8_t>(bits[bit / 8] & ~(1u << (bit % 8)));
    ++null_count_;
  }
}

headrace::Column ColumnBuilder::finish() {
  headrace::Column column;
  column.length = std::exchange(length_, 0);
  column.null_count = std::exchange(null_count_, 0);
  column.buffers.push_back(column.null_count > 0 ? std::move(validity_) : headrace::Buffer());
  validity_ = headrace::Buffer();
  finish_values(&column);
  return column;
}

namespace {

using headrace::Buffer;
using headrace::Column;

/// Values that lie in both worlds alike, or become so one by one.
template <class From, class To, To (*convert)(From)>
class FixedBuilder final : public ColumnBuilder {
 public:
  explicit FixedBuilder(const DuckDB& duckdb) : ColumnBuilder(duckdb) {}
  void expect(std::size_t count) override { values_.reserve(count * sizeof(To)); }

 private:
  void append_values(VectorHandle vector, Index first, Index count) override {
    const auto* values = static_cast<const From*>(duckdb_.vector_get_data(vector)) + first;
    if constexpr (convert == nullptr) {
      values_.append(values, count * sizeof(To));
    } else {
      const std::size_t old_size = values_.size();
      values_.resize(old_size + count * sizeof(To));
      auto* out = reinterpret_cast<To*>(values_.data() + old_size);
      for (Index i = 0; i < count; ++i) out[i] = convert(values[i]);
    }
  }

  void finish_values(Column* column) override { column->buffers.push_back(std::move(values_)); }

  Buffer values_;
};

template <class Value>
using PlainBuilder = FixedBuilder<Value, Value, nullptr>;

template <class Value>
HugeInt widen(Value value) {
  return {static_cast<uint64_t>(static_cast<int64_t>(value)), value < 0 ? -1 : 0};
}

/// Under a NULL lies anything: it must not overflow.
template <int64_t factor>
int64_t scale(int64_t value) {
  return static_cast<int64_t>(static_cast<uint64_t>(value) * static_cast<uint64_t>(factor));
}

struct UuidBytes {
  uint8_t bytes[16];
};

UuidBytes to_uuid(HugeInt value) {
  UuidBytes out;
  uuid_to_bytes(value, out.bytes);
  return out;
}

/// A HUGEINT has up to 39 digits, a decimal 38.
class HugeIntBuilder final : public ColumnBuilder {
 public:
  explicit HugeIntBuilder(const DuckDB& duckdb) : ColumnBuilder(duckdb) {}

 private:
  void append_values(VectorHandle vector, Index first, Index count) override {
    constexpr __int128 kLimit = static_cast<__int128>(10'000'000'000'000'000'000ULL) * 10'000'000'000'000'000'000ULL;
    const auto* values = static_cast<const HugeInt*>(duckdb_.vector_get_data(vector));
    const uint64_t* validity = duckdb_.vector_get_validity(vector);
    for (Index i = first; i < first + count; ++i) {
      __int128 value = 0;
      std::memcpy(&value, &values[i], sizeof value);
      const bool is_valid = validity == nullptr || ((validity[i / 64] >> (i % 64)) & 1) != 0;
      if (is_valid && (value >= kLimit || value <= -kLimit)) {
        throw headrace::Error(HEADRACE_BAD_RECORD, "a HUGEINT has more than the 38 digits that a decimal can hold");
      }
    }
    values_.append(values + first, count * sizeof(HugeInt));
  }

  void finish_values(Column* column) override { column->buffers.push_back(std::move(values_)); }

  Buffer values_;
};

class BooleanBuilder final : public ColumnBuilder {
 public:
  explicit BooleanBuilder(const DuckDB& duckdb) : ColumnBuilder(duckdb) {}

 private:
  void append_values(VectorHandle vector, Index first, Index count) override {
    const auto* values = static_cast<const uint8_t*>(duckdb_.vector_get_data(vector)) + first;
    const auto old_length = static_cast<std::size_t>(length_);
    const std::size_t old_size = bits_.size();
    bits_.resize((old_length + count + 7) / 8);
    std::memset(bits_.data() + old_size, 0, bits_.size() - old_size);
    for (Index i = 0; i < count; ++i) {
      const std::size_t bit = old_length + i;
      if (values[i] != 0) bits_.data()[bit / 8] = static_cast<uint8_t>(bits_.data()[bit / 8] | (1u << (bit % 8)));
    }
  }

  void finish_values(Column* column) override { column->buffers.push_back(std::move(bits_)); }

  Buffer bits_;
};

/// Text, bytes, and the names of an enumeration's values.
class StringBuilder final : public ColumnBuilder {
 public:
  explicit StringBuilder(const DuckDB& duckdb) : ColumnBuilder(duckdb) {}

  StringBuilder(const DuckDB& duckdb, TypeHandle enumeration) : ColumnBuilder(duckdb) {
    index_type_ = duckdb.enum_internal_type(enumeration);
    for (Index i = 0; i < duckdb.enum_dictionary_size(enumeration); ++i) {
      names_.push_back(take_text(duckdb, duckdb.enum_dictionary_value(enumeration, i)));
    }
  }

  void expect(std::size_t count) override {
    expected_ = count;
    offsets_.reserve((count + 1) * sizeof(int32_t));
  }

 private:
  void append_values(VectorHandle vector, Index first, Index count) override {
    const void* data = duckdb_.vector_get_data(vector);
    const uint64_t* validity = duckdb_.vector_get_validity(vector);
    if (offsets_.size() == 0) offsets_.push<int32_t>(0);
    const std::size_t old_size = offsets_.size();
    offsets_.resize(old_size + count * sizeof(int32_t));
    auto* ends = reinterpret_cast<int32_t*>(offsets_.data() + old_size);
    const std::size_t text_size = measure(data, validity, first, count, ends);
    reserve_text(text_size, count);
    char* out = reinterpret_cast<char*>(text_.data()) + text_.size();
    text_.resize(text_.size() + text_size);
    for (Index i = 0; i < count; ++i) {
      const auto length = static_cast<std::size_t>(ends[i] - (i == 0 ? ends[-1] : ends[i - 1]));
      if (length == 0) continue;
      std::memcpy(out, value_at(data, first + i).data(), length);
      out += length;
    }
  }

  /// Sets the end offset of each value, and gives the size of all.
  std::size_t measure(const void* data, const uint64_t* validity, Index first, Index count, int32_t* ends) const {
    std::size_t size = text_.size();
    for (Index i = first; i < first + count; ++i) {
      const bool is_valid = validity == nullptr || ((validity[i / 64] >> (i % 64)) & 1) != 0;
      if (is_valid) size += value_at(data, i).size();
      ends[i - first] = static_cast<int32_t>(size);
    }
    if (size > static_cast<std::size_t>(std::numeric_limits<int32_t>::max())) {
      throw headrace::Error(HEADRACE_UNSUPPORTED, "a text column of one batch is over 2 GiB");
    }
    return size - text_.size();
  }

  /// The first values tell how much text the expected number will have, and some more.
  void reserve_text(std::size_t text_size, std::size_t count) {
    const bool is_first = text_.size() == 0 && count > 0;
    if (is_first && expected_ > count) text_.reserve(text_size / count * (expected_ + expected_ / 16));
    text_.reserve(text_.size() + text_size);
  }

  std::string_view value_at(const void* data, Index i) const {
    if (names_.empty()) return text_of(static_cast<const String*>(data)[i]);
    switch (index_type_) {
      case TypeId::utinyint:
        return names_.at(static_cast<const uint8_t*>(data)[i]);
      case TypeId::usmallint:
        return names_.at(static_cast<const uint16_t*>(data)[i]);
      default:
        return names_.at(static_cast<const uint32_t*>(data)[i]);
    }
  }

  void finish_values(Column* column) override {
    if (offsets_.size() == 0) offsets_.push<int32_t>(0);
    column->buffers.push_back(std::move(offsets_));
    column->buffers.push_back(std::move(text_));
    offsets_ = Buffer();
    text_ = Buffer();
  }

  TypeId index_type_ = TypeId::invalid;
  std::vector<std::string> names_;
  std::size_t expected_ = 0;
  Buffer offsets_;
  Buffer text_;
};

/// Lists, maps, and DuckDB's arrays of a fixed length, which become lists.
class ListBuilder final : public ColumnBuilder {
 public:
  ListBuilder(const DuckDB& duckdb, std::unique_ptr<ColumnBuilder> elements, Index fixed_length)
      : ColumnBuilder(duckdb), elements_(std::move(elements)), fixed_length_(fixed_length) {}

 private:
  void append_values(VectorHandle vector, Index first, Index count) override {
    if (offsets_.size() == 0) offsets_.push<int32_t>(0);
    const VectorHandle child =
        fixed_length_ > 0 ? duckdb_.array_vector_get_child(vector) : duckdb_.list_vector_get_child(vector);
    const auto* entries =
        fixed_length_ > 0 ? nullptr : static_cast<const ListEntry*>(duckdb_.vector_get_data(vector));
    const uint64_t* validity = duckdb_.vector_get_validity(vector);
    // Neighbours in the result mostly are neighbours in the child: one copy for a run of them.
    Index run_first = 0;
    Index run_length = 0;
    for (Index i = first; i < first + count; ++i) {
      const bool is_valid = validity == nullptr || ((validity[i / 64] >> (i % 64)) & 1) != 0;
      const ListEntry entry = !is_valid          ? ListEntry{0, 0}
                              : entries == nullptr ? ListEntry{i * fixed_length_, fixed_length_}
                                                   : entries[i];
      if (entry.length > 0 && entry.offset != run_first + run_length) {
        if (run_length > 0) elements_->append(child, run_first, run_length);
        run_first = entry.offset;
        run_length = 0;
      }
      run_length += entry.length;
      total_ += static_cast<int64_t>(entry.length);
      offsets_.push(static_cast<int32_t>(total_));
    }
    if (run_length > 0) elements_->append(child, run_first, run_length);
    if (total_ > std::numeric_limits<int32_t>::max()) {
      throw headrace::Error(HEADRACE_UNSUPPORTED, "a list column of one batch has over 2^31 elements");
    }
  }

  void finish_values(Column* column) override {
    if (offsets_.size() == 0) offsets_.push<int32_t>(0);
    column->buffers.push_back(std::move(offsets_));
    offsets_ = Buffer();
    total_ = 0;
    column->children.push_back(elements_->finish());
  }

  std::unique_ptr<ColumnBuilder> elements_;
  Index fixed_length_;
  Buffer offsets_;
  int64_t total_ = 0;
};

class StructBuilder final : public ColumnBuilder {
 public:
  StructBuilder(const DuckDB& duckdb, std::vector<std::unique_ptr<ColumnBuilder>> fields)
      : ColumnBuilder(duckdb), fields_(std::move(fields)) {}

 private:
  void append_values(VectorHandle vector, Index first, Index count) override {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      fields_[i]->append(duckdb_.struct_vector_get_child(vector, i), first, count);
    }
  }

  void finish_values(Column* column) override {
    for (auto& field : fields_) column->children.push_back(field->finish());
  }

  std::vector<std::unique_ptr<ColumnBuilder>> fields_;
};

std::unique_ptr<ColumnBuilder> decimal_builder(const DuckDB& duckdb, uint8_t width) {
  if (width <= 4) return std::make_unique<FixedBuilder<int16_t, HugeInt, widen<int16_t>>>(duckdb);
  if (width <= 9) return std::make_unique<FixedBuilder<int32_t, HugeInt, widen<int32_t>>>(duckdb);
  if (width <= 18) return std::make_unique<FixedBuilder<int64_t, HugeInt, widen<int64_t>>>(duckdb);
  return std::make_unique<PlainBuilder<HugeInt>>(duckdb);
}

std::unique_ptr<ColumnBuilder> nested_builder(const DuckDB& duckdb, TypeHandle type, TypeId id) {
  const auto child = [&](TypeHandle handle) {
    const Owned<TypeHandle> owned(duckdb.destroy_logical_type, handle);
    return ColumnBuilder::make(duckdb, handle);
  };
  if (id == TypeId::list) return std::make_unique<ListBuilder>(duckdb, child(duckdb.list_type_child_type(type)), 0);
  if (id == TypeId::array) {
    return std::make_unique<ListBuilder>(duckdb, child(duckdb.array_type_child_type(type)),
                                         duckdb.array_type_array_size(type));
  }
  std::vector<std::unique_ptr<ColumnBuilder>> fields;
  if (id == TypeId::map) {
    fields.push_back(child(duckdb.map_type_key_type(type)));
    fields.push_back(child(duckdb.map_type_value_type(type)));
    return std::make_unique<ListBuilder>(duckdb, std::make_unique<StructBuilder>(duckdb, std::move(fields)), 0);
  }
  for (Index i = 0; i < duckdb.struct_type_child_count(type); ++i) {
    fields.push_back(child(duckdb.struct_type_child_type(type, i)));
  }
  return std::make_unique<StructBuilder>(duckdb, std::move(fields));
}

}  // namespace

std::unique_ptr<ColumnBuilder> ColumnBuilder::make(const DuckDB& duckdb, TypeHandle type) {
  const TypeId id = duckdb.get_type_id(type);
  switch (id) {
    case TypeId::boolean:
      return std::make_unique<BooleanBuilder>(duckdb);
    case TypeId::tinyint:
    case TypeId::utinyint:
      return std::make_unique<PlainBuilder<int8_t>>(duckdb);
    case TypeId::smallint:
    case TypeId::usmallint:
      return std::make_unique<PlainBuilder<int16_t>>(duckdb);
    case TypeId::integer:
    case TypeId::uinteger:
    case TypeId::real:
    case TypeId::date:
      return std::make_unique<PlainBuilder<int32_t>>(duckdb);
    case TypeId::timestamp_s:
      return std::make_unique<FixedBuilder<int64_t, int64_t, scale<1'000'000>>>(duckdb);
    case TypeId::timestamp_ms:
      return std::make_unique<FixedBuilder<int64_t, int64_t, scale<1'000>>>(duckdb);
    case TypeId::hugeint:
      return std::make_unique<HugeIntBuilder>(duckdb);
    case TypeId::uuid:
      return std::make_unique<FixedBuilder<HugeInt, UuidBytes, to_uuid>>(duckdb);
    case TypeId::decimal:
      return decimal_builder(duckdb, duckdb.decimal_width(type));
    case TypeId::varchar:
    case TypeId::blob:
      return std::make_unique<StringBuilder>(duckdb);
    case TypeId::enumeration:
      return std::make_unique<StringBuilder>(duckdb, type);
    case TypeId::list:
    case TypeId::array:
    case TypeId::map:
    case TypeId::structure:
      return nested_builder(duckdb, type, id);
    default:
      return std::make_unique<PlainBuilder<int64_t>>(duckdb);
  }
}

ResultBuilder::ResultBuilder(const DuckDB& duckdb, const std::vector<OutputColumn>& columns, std::size_t expected_rows)
    : duckdb_(duckdb) {
  for (const auto& column : columns) {
    columns_.push_back(ColumnBuilder::make(duckdb, column.type.get()));
    if (expected_rows > 0) columns_.back()->expect(expected_rows);
  }
}

void ResultBuilder::append(ChunkHandle chunk) {
  const Index count = duckdb_.data_chunk_get_size(chunk);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i]->append(duckdb_.data_chunk_get_vector(chunk, i), 0, count);
  }
  rows_ += static_cast<int64_t>(count);
}

headrace::Array ResultBuilder::finish() {
  Column root;
  root.length = std::exchange(rows_, 0);
  root.buffers.emplace_back();
  for (auto& column : columns_) root.children.push_back(column->finish());
  headrace::Array array;
  headrace::export_array(std::move(root), array.get());
  return array;
}

}  // namespace sql
