/// Counts values per leaf column, which Parquet's own metadata does not give: it counts levels, not values, for what
/// lies in a list, and knows nothing of NaN.
#pragma once

#include "Arrow.hpp"

#include <vector>

namespace parquet_format {

struct LeafCount {
  int64_t values = 0;
  int64_t nulls = 0;
  int64_t nans = 0;
};

class Tally {
 public:
  /// Counts a batch. Leaves are numbered depth first, as Parquet numbers its columns.
  void add(const arrow::RecordBatch& batch);

  /// Empty until the first batch.
  const std::vector<LeafCount>& leaves() const { return leaves_; }

 private:
  void visit(const arrow::Array& array, std::size_t* leaf);
  void visit_leaf(const arrow::Array& array, std::size_t leaf);

  std::vector<LeafCount> leaves_;
};

}  // namespace parquet_format
