#include "Bounds.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace parquet_format {
namespace {

/// Iceberg: little-endian, as the machine has it.
template <class Value>
std::string little_endian(Value value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Iceberg's decimal: the unscaled value as two's complement, big-endian, in the fewest bytes that keep its sign.
std::string minimal(const std::string& big_endian) {
  std::size_t first = 0;
  while (first + 1 < big_endian.size()) {
    const auto byte = static_cast<uint8_t>(big_endian[first]);
    const bool next_is_negative = (static_cast<uint8_t>(big_endian[first + 1]) & 0x80) != 0;
    const bool is_padding = next_is_negative ? byte == 0xff : byte == 0x00;
    if (!is_padding) break;
    ++first;
  }
  return big_endian.substr(first);
}

std::string decimal(int64_t value) {
  std::string bytes(sizeof value, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(value >> (8 * (bytes.size() - 1 - i)));
  return minimal(bytes);
}

template <class Value>
std::string fixed_width(Value value, bool is_decimal) {
  if constexpr (std::is_same_v<Value, bool>) {
    return std::string(1, value ? '\1' : '\0');
  } else if constexpr (std::is_integral_v<Value>) {
    return is_decimal ? decimal(value) : little_endian(value);
  } else {
    return little_endian(value);
  }
}

/// The order of zeros is Iceberg's: -0.0 before +0.0. Parquet does not tell which of the two a column holds.
template <class Value>
void widen_zeros(Value* least, Value* greatest) {
  if constexpr (std::is_floating_point_v<Value>) {
    if (*least == 0) *least = -Value(0);
    if (*greatest == 0) *greatest = Value(0);
  }
}

template <class Type>
std::optional<Bounds> number_bounds(const std::vector<std::shared_ptr<parquet::Statistics>>& groups, bool is_decimal) {
  using Value = typename Type::c_type;
  std::optional<std::pair<Value, Value>> range;
  for (const auto& group : groups) {
    const auto& typed = static_cast<const parquet::TypedStatistics<Type>&>(*group);
    if (!range) range.emplace(typed.min(), typed.max());
    range->first = std::min<Value>(range->first, typed.min());
    range->second = std::max<Value>(range->second, typed.max());
  }
  if (!range) return std::nullopt;
  widen_zeros(&range->first, &range->second);
  return Bounds{fixed_width(range->first, is_decimal), fixed_width(range->second, is_decimal)};
}

/// Bytes compare as unsigned; the top bit flipped makes that right for big-endian numbers of one width as well.
bool is_less(std::string_view left, std::string_view right, bool is_signed) {
  if (!is_signed || left.empty() || right.empty()) return left < right;
  const int first = static_cast<int8_t>(left[0]) - static_cast<int8_t>(right[0]);
  return first != 0 ? first < 0 : left.substr(1) < right.substr(1);
}

std::optional<Bounds> byte_bounds(const std::vector<std::shared_ptr<parquet::Statistics>>& groups, bool is_decimal) {
  std::optional<Bounds> bounds;
  for (const auto& group : groups) {
    std::string least = group->EncodeMin();
    std::string greatest = group->EncodeMax();
    if (!bounds) bounds = Bounds{least, greatest};
    if (is_less(least, bounds->lower, is_decimal)) bounds->lower = std::move(least);
    if (is_less(bounds->upper, greatest, is_decimal)) bounds->upper = std::move(greatest);
  }
  if (bounds && is_decimal) return Bounds{minimal(bounds->lower), minimal(bounds->upper)};
  return bounds;
}

}  // namespace

std::optional<Bounds> column_bounds(const parquet::FileMetaData& metadata, int column) {
  std::vector<std::shared_ptr<parquet::Statistics>> groups;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const auto chunk = metadata.RowGroup(i)->ColumnChunk(column);
    const auto statistics = chunk->is_stats_set() ? chunk->statistics() : nullptr;
    if (statistics && statistics->HasMinMax()) {
      groups.push_back(statistics);
    } else if (!statistics || statistics->num_values() > 0) {
      return std::nullopt;
    }
  }
  const auto* descriptor = metadata.schema()->Column(column);
  const auto& logical = descriptor->logical_type();
  const bool is_decimal = logical && logical->is_decimal();
  switch (descriptor->physical_type()) {
    case parquet::Type::BOOLEAN:
      return number_bounds<parquet::BooleanType>(groups, false);
    case parquet::Type::INT32:
      return number_bounds<parquet::Int32Type>(groups, is_decimal);
    case parquet::Type::INT64:
      return number_bounds<parquet::Int64Type>(groups, is_decimal);
    case parquet::Type::FLOAT:
      return number_bounds<parquet::FloatType>(groups, false);
    case parquet::Type::DOUBLE:
      return number_bounds<parquet::DoubleType>(groups, false);
    case parquet::Type::BYTE_ARRAY:
    case parquet::Type::FIXED_LEN_BYTE_ARRAY:
      return byte_bounds(groups, is_decimal);
    default:
      return std::nullopt;
  }
}

}  // namespace parquet_format
