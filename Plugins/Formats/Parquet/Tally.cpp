#include "Tally.hpp"

namespace parquet_format {
namespace {

template <class ArrayType>
int64_t count_nans(const arrow::Array& array) {
  const auto& typed = static_cast<const ArrayType&>(array);
  const auto* values = typed.raw_values();
  int64_t count = 0;
  if (typed.null_count() == 0) {
    for (int64_t i = 0; i < typed.length(); ++i) count += values[i] != values[i];
  } else {
    for (int64_t i = 0; i < typed.length(); ++i) count += values[i] != values[i] && typed.IsValid(i);
  }
  return count;
}

}  // namespace

void Tally::add(const arrow::RecordBatch& batch) {
  std::size_t leaf = 0;
  for (const auto& column : batch.columns()) visit(*column, &leaf);
}

void Tally::visit(const arrow::Array& array, std::size_t* leaf) {
  switch (array.type_id()) {
    case arrow::Type::STRUCT: {
      // Flattening spreads the nulls of the structure over its fields.
      const auto fields = value_of(static_cast<const arrow::StructArray&>(array).Flatten());
      for (const auto& field : fields) visit(*field, leaf);
      return;
    }
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return visit(*value_of(static_cast<const arrow::ListArray&>(array).Flatten()), leaf);
    case arrow::Type::LARGE_LIST:
      return visit(*value_of(static_cast<const arrow::LargeListArray&>(array).Flatten()), leaf);
    default:
      return visit_leaf(array, (*leaf)++);
  }
}

void Tally::visit_leaf(const arrow::Array& array, std::size_t leaf) {
  if (leaves_.size() <= leaf) leaves_.resize(leaf + 1);
  LeafCount& count = leaves_[leaf];
  count.values += array.length();
  count.nulls += array.null_count();
  if (array.type_id() == arrow::Type::FLOAT) {
    count.nans += count_nans<arrow::FloatArray>(array);
  } else if (array.type_id() == arrow::Type::DOUBLE) {
    count.nans += count_nans<arrow::DoubleArray>(array);
  }
}

}  // namespace parquet_format
