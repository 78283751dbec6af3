// What the user wrote, and what a split's reader is told.
#pragma once

#include "CsvScanner.hpp"
#include "Type.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::file {

enum class Format { csv, jsonl };

struct Config {
  std::vector<std::string> paths;
  std::string base_directory;
  std::optional<Format> format;  // else by the file's suffix
  bool detects_compression = true;
  bool is_gzip = false;
  std::string stream;
  Schema schema;  // empty: inferred
  std::int64_t inference_rows = 10'000;
  std::map<std::string, Type> inference_types;  // instead of the inferred ones
  CsvOptions csv;
  bool rejects_unknown_fields = false;
  bool fails_on_missing_columns = false;
  std::uint64_t max_record_bytes = std::uint64_t{16} << 20;
};

/// Reads the configuration. INVALID_CONFIG for what a JSON Schema cannot express.
Config parse_config(std::string_view json);

/// A piece of a file, as `splits` hands it to `open`.
struct Piece {
  std::string path;
  std::uint64_t start = 0;
  std::uint64_t end = 0;  // of a file that is not cut into pieces: its size
  Schema schema;
};

std::string encode(const Piece& piece);
Piece decode_piece(std::string_view token);

/// By the last suffix but `.gz`. INVALID_CONFIG if it is none that is known.
Format format_of(const std::string& path);

/// The stream's name: what is constant in the first path's file name.
std::string stream_name(const std::string& path);

/// The JSON Schema of the configuration.
extern const std::string_view config_schema;

}  // namespace headrace::file
