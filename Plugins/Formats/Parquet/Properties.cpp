#include "Properties.hpp"

namespace parquet_format {
namespace {

/// Rows looked at for the choice of an encoding; below the smaller number nothing can be said.
constexpr int64_t kSampleRows = 8 * 1024;
constexpr int64_t kSampleRowsAtLeast = 512;

/// Statistics of values longer than this are left out of the file, and the column has no bounds then.
constexpr std::size_t kStatisticBytes = 16 * 1024;

parquet::Compression::type codec(const std::string& name) {
  if (name == "zstd") return parquet::Compression::ZSTD;
  if (name == "snappy") return parquet::Compression::SNAPPY;
  if (name == "gzip") return parquet::Compression::GZIP;
  if (name == "lz4") return parquet::Compression::LZ4;
  return parquet::Compression::UNCOMPRESSED;
}

/// A dictionary pays if values repeat. Where most of the sample's differ it would be built, outgrow its page and be
/// thrown away, once per row group.
bool is_worth_a_dictionary(const arrow::Array& column) {
  const int64_t rows = std::min(column.length(), kSampleRows);
  if (rows < kSampleRowsAtLeast || column.type_id() == arrow::Type::BOOL) return true;
  if (arrow::is_nested(column.type_id()) || column.type_id() == arrow::Type::EXTENSION) return true;
  const auto distinct = arrow::compute::Unique(arrow::Datum(column.Slice(0, rows)), computing());
  return !distinct.ok() || (*distinct)->length() <= rows / 2;
}

}  // namespace

std::shared_ptr<parquet::WriterProperties> writer_properties(const Config& config, const arrow::RecordBatch& sample,
                                                             arrow::MemoryPool* pool) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(pool)
      ->version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(parquet::ParquetDataPageVersion::V1)
      ->created_by("headrace")
      ->compression(codec(config.compression))
      ->data_pagesize(config.page_bytes)
      ->max_statistics_size(kStatisticBytes)
      ->enable_statistics()
      ->enable_write_page_index()
      ->enable_store_decimal_as_integer();
  if (config.compression == "zstd" || config.compression == "gzip") builder.compression_level(config.level);
  if (config.dictionary == Dictionary::never) builder.disable_dictionary();
  if (config.dictionary == Dictionary::automatic) {
    for (int i = 0; i < sample.num_columns(); ++i) {
      if (is_worth_a_dictionary(*sample.column(i))) continue;
      builder.disable_dictionary(
          std::make_shared<parquet::schema::ColumnPath>(std::vector<std::string>{sample.column_name(i)}));
    }
  }
  return builder.build();
}

std::shared_ptr<parquet::ArrowWriterProperties> arrow_writer_properties(arrow::internal::Executor* executor) {
  parquet::ArrowWriterProperties::Builder builder;
  builder.coerce_timestamps(arrow::TimeUnit::MICRO);
  if (executor != nullptr) builder.set_use_threads(true)->set_executor(executor);
  return builder.build();
}

}  // namespace parquet_format
