/// The plugin's settings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace parquet_format {

enum class Dictionary { automatic, always, never };

struct Config {
  /// `zstd`, `snappy`, `gzip`, `lz4` or `none`.
  std::string compression = "zstd";
  /// Of zstd (1 to 19) and gzip (1 to 9). Higher is smaller and slower.
  int level = 1;
  /// Memory that a row group takes before it is written. Small: readers skip more; large: less overhead a column.
  int64_t row_group_bytes = 8 << 20;
  /// Memory that all open files of an instance take together before the largest row group is written.
  int64_t memory_bytes = 64 << 20;
  /// Uncompressed size of a page, the unit that a reader can skip within a row group.
  int64_t page_bytes = 1 << 20;
  Dictionary dictionary = Dictionary::automatic;
  /// Threads that encode columns of one batch. Lanes of the host already give parallelism: 1 unless cores idle.
  int threads = 1;

  /// Throws INVALID_CONFIG.
  static Config parse(std::string_view json);
  static std::string_view schema();
};

}  // namespace parquet_format
