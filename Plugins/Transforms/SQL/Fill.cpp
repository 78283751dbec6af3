#include "Fill.hpp"

#include "Bits.hpp"

#include <cstring>

namespace sql {
namespace {

/// The slice of an array that is being copied, with the array's own offset added.
struct Slice {
  const ArrowArray& array;
  int64_t first;
  int64_t count;

  template <class Value>
  const Value* values(int buffer = 1) const {
    return static_cast<const Value*>(array.buffers[buffer]) + first;
  }
};

bool has_nulls(const Slice& slice) {
  return slice.array.null_count != 0 && slice.array.n_buffers > 0 && slice.array.buffers[0] != nullptr;
}

void fill_validity(const DuckDB& duckdb, VectorHandle vector, const Slice& slice) {
  if (!has_nulls(slice)) return;
  duckdb.vector_ensure_validity_writable(vector);
  copy_bits(static_cast<const uint8_t*>(slice.array.buffers[0]), slice.first, slice.count,
            reinterpret_cast<uint8_t*>(duckdb.vector_get_validity(vector)));
}

template <class Value>
void fill_plain(void* out, const Slice& slice) {
  std::memcpy(out, slice.values<Value>(), static_cast<std::size_t>(slice.count) * sizeof(Value));
}

void fill_booleans(void* out, const Slice& slice) {
  const auto* bits = static_cast<const uint8_t*>(slice.array.buffers[1]);
  auto* bytes = static_cast<uint8_t*>(out);
  for (int64_t i = 0; i < slice.count; ++i) bytes[i] = get_bit(bits, slice.first + i);
}

/// DuckDB keeps a decimal in the narrowest integer for its precision, Arrow in 128 bits.
template <class Value>
void narrow_decimals(void* out, const Slice& slice) {
  const auto* wide = slice.values<HugeInt>();
  auto* narrow = static_cast<Value*>(out);
  for (int64_t i = 0; i < slice.count; ++i) narrow[i] = static_cast<Value>(wide[i].lower);
}

void fill_decimals(void* out, const InputType& type, const Slice& slice) {
  if (type.width <= 4) return narrow_decimals<int16_t>(out, slice);
  if (type.width <= 9) return narrow_decimals<int32_t>(out, slice);
  if (type.width <= 18) return narrow_decimals<int64_t>(out, slice);
  fill_plain<HugeInt>(out, slice);
}

/// Arrow: 16 bytes, big-endian. DuckDB: a signed number whose top bit is flipped, so that it sorts like the bytes.
void fill_uuids(void* out, const Slice& slice) {
  const uint8_t* bytes = static_cast<const uint8_t*>(slice.array.buffers[1]) + 16 * slice.first;
  auto* values = static_cast<HugeInt*>(out);
  for (int64_t i = 0; i < slice.count; ++i, bytes += 16) values[i] = uuid_from_bytes(bytes);
}

String string_over(const char* data, uint32_t length) {
  String value;
  std::memset(&value, 0, sizeof value);
  value.inlined.length = length;
  if (length <= String::kInlined) {
    if (length > 0) std::memcpy(value.inlined.data, data, length);
  } else {
    std::memcpy(value.pointer.prefix, data, sizeof value.pointer.prefix);
    value.pointer.data = data;
  }
  return value;
}

template <class Offset>
void fill_strings(void* out, const Slice& slice) {
  const auto* offsets = slice.values<Offset>();
  const auto* data = static_cast<const char*>(slice.array.buffers[2]);
  auto* strings = static_cast<String*>(out);
  for (int64_t i = 0; i < slice.count; ++i) {
    strings[i] = string_over(data + offsets[i], static_cast<uint32_t>(offsets[i + 1] - offsets[i]));
  }
}

void fill_fixed_binaries(void* out, const InputType& type, const Slice& slice) {
  const char* data = static_cast<const char*>(slice.array.buffers[1]) + type.width * slice.first;
  auto* strings = static_cast<String*>(out);
  for (int64_t i = 0; i < slice.count; ++i, data += type.width) {
    strings[i] = string_over(data, static_cast<uint32_t>(type.width));
  }
}

template <class Offset>
void fill_lists(const DuckDB& duckdb, VectorHandle vector, const InputType& type, const Slice& slice) {
  const auto* offsets = slice.values<Offset>();
  const int64_t base = offsets[0];
  const int64_t total = offsets[slice.count] - base;
  const auto size = static_cast<Index>(total);
  if (duckdb.list_vector_reserve(vector, size) != State::success ||
      duckdb.list_vector_set_size(vector, size) != State::success) {
    throw std::bad_alloc();
  }
  auto* entries = static_cast<ListEntry*>(duckdb.vector_get_data(vector));
  for (int64_t i = 0; i < slice.count; ++i) {
    entries[i] = {static_cast<uint64_t>(offsets[i] - base), static_cast<uint64_t>(offsets[i + 1] - offsets[i])};
  }
  if (total == 0) return;
  fill_vector(duckdb, duckdb.list_vector_get_child(vector), type.children.at(0), *slice.array.children[0], base, total);
}

/// DuckDB takes a field's own validity for the truth, even where the structure around it is NULL.
void spread_nulls(const DuckDB& duckdb, VectorHandle child, const InputType& type, const Slice& parent) {
  if (!has_nulls(parent)) return;
  duckdb.vector_ensure_validity_writable(child);
  uint64_t* validity = duckdb.vector_get_validity(child);
  const auto* bits = static_cast<const uint8_t*>(parent.array.buffers[0]);
  for (int64_t i = 0; i < parent.count; ++i) {
    if (!get_bit(bits, parent.first + i)) validity[i / 64] &= ~(uint64_t(1) << (i % 64));
  }
  if (type.kind != Kind::structure) return;
  for (std::size_t i = 0; i < type.children.size(); ++i) {
    spread_nulls(duckdb, duckdb.struct_vector_get_child(child, i), type.children[i], parent);
  }
}

void fill_structures(const DuckDB& duckdb, VectorHandle vector, const InputType& type, const Slice& slice) {
  for (std::size_t i = 0; i < type.children.size(); ++i) {
    const VectorHandle child = duckdb.struct_vector_get_child(vector, i);
    fill_vector(duckdb, child, type.children[i], *slice.array.children[i], slice.first, slice.count);
    spread_nulls(duckdb, child, type.children[i], slice);
  }
}

}  // namespace

void fill_vector(const DuckDB& duckdb, VectorHandle vector, const InputType& type, const ArrowArray& array,
                 int64_t start, int64_t count) {
  const Slice slice{array, array.offset + start, count};
  fill_validity(duckdb, vector, slice);
  void* out = duckdb.vector_get_data(vector);
  switch (type.kind) {
    case Kind::boolean:
      return fill_booleans(out, slice);
    case Kind::int8:
    case Kind::uint8:
      return fill_plain<int8_t>(out, slice);
    case Kind::int16:
    case Kind::uint16:
      return fill_plain<int16_t>(out, slice);
    case Kind::int32:
    case Kind::uint32:
    case Kind::real:
    case Kind::date:
      return fill_plain<int32_t>(out, slice);
    case Kind::int64:
    case Kind::uint64:
    case Kind::double_precision:
    case Kind::time:
    case Kind::timestamp_s:
    case Kind::timestamp_ms:
    case Kind::timestamp:
    case Kind::timestamp_ns:
    case Kind::timestamp_tz:
      return fill_plain<int64_t>(out, slice);
    case Kind::decimal:
      return fill_decimals(out, type, slice);
    case Kind::uuid:
      return fill_uuids(out, slice);
    case Kind::text:
    case Kind::binary:
      return fill_strings<int32_t>(out, slice);
    case Kind::large_text:
    case Kind::large_binary:
      return fill_strings<int64_t>(out, slice);
    case Kind::fixed_binary:
      return fill_fixed_binaries(out, type, slice);
    case Kind::list:
    case Kind::map:
      return fill_lists<int32_t>(duckdb, vector, type, slice);
    case Kind::large_list:
      return fill_lists<int64_t>(duckdb, vector, type, slice);
    case Kind::structure:
      return fill_structures(duckdb, vector, type, slice);
  }
}

}  // namespace sql
