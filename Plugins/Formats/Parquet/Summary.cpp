#include "Summary.hpp"

#include "Bounds.hpp"

#include <deque>

namespace parquet_format {
namespace {

struct Content {
  std::deque<Bounds> bounds;
  std::deque<headrace_column_summary> columns;
  std::vector<const headrace_column_summary*> pointers;
  std::vector<int64_t> split_offsets;
};

void release(headrace_file_summary* summary) {
  delete static_cast<Content*>(summary->private_data);
  summary->private_data = nullptr;
  summary->release = nullptr;
}

int64_t compressed_bytes(const parquet::FileMetaData& metadata, int column) {
  int64_t bytes = 0;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    bytes += metadata.RowGroup(i)->ColumnChunk(column)->total_compressed_size();
  }
  return bytes;
}

/// Where a row group begins: at the first page of its first column, which is a dictionary's if it has one.
int64_t first_offset(const parquet::RowGroupMetaData& group) {
  const auto chunk = group.ColumnChunk(0);
  if (chunk->has_dictionary_page()) return std::min(chunk->dictionary_page_offset(), chunk->data_page_offset());
  return chunk->data_page_offset();
}

bool has_nan(parquet::Type::type type) { return type == parquet::Type::FLOAT || type == parquet::Type::DOUBLE; }

void add_column(const parquet::FileMetaData& metadata, int index, const LeafCount& count, Content* content) {
  headrace_column_summary column{};
  column.struct_size = sizeof column;
  const auto* descriptor = metadata.schema()->Column(index);
  column.field_id = descriptor->schema_node()->field_id();
  column.bytes = compressed_bytes(metadata, index);
  column.value_count = count.values;
  column.null_count = count.nulls;
  column.nan_count = has_nan(descriptor->physical_type()) ? count.nans : -1;
  if (auto bounds = column_bounds(metadata, index)) {
    content->bounds.push_back(std::move(*bounds));
    column.has_bounds = 1;
    column.lower = headrace::borrow_bytes(content->bounds.back().lower);
    column.upper = headrace::borrow_bytes(content->bounds.back().upper);
  }
  content->columns.push_back(column);
  content->pointers.push_back(&content->columns.back());
}

}  // namespace

void fill_summary(const parquet::FileMetaData& metadata, const Tally& tally, int64_t file_bytes,
                  headrace_file_summary* out) {
  auto content = std::make_unique<Content>();
  for (int i = 0; i < metadata.num_columns(); ++i) {
    const auto leaf = static_cast<std::size_t>(i);
    add_column(metadata, i, leaf < tally.leaves().size() ? tally.leaves()[leaf] : LeafCount{}, content.get());
  }
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const auto group = metadata.RowGroup(i);
    if (group->num_rows() > 0) content->split_offsets.push_back(first_offset(*group));
  }
  headrace_file_summary summary{};
  summary.record_count = metadata.num_rows();
  summary.file_bytes = file_bytes;
  summary.columns = content->pointers.data();
  summary.n_columns = content->pointers.size();
  summary.split_offsets = content->split_offsets.data();
  summary.n_split_offsets = content->split_offsets.size();
  summary.release = release;
  summary.private_data = content.release();
  headrace::fill(out, summary);
}

}  // namespace parquet_format
