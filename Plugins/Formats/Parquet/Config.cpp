#include "Config.hpp"

#include <headrace/plugin.hpp>
#include <simdjson.h>

namespace parquet_format {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

int64_t integer(const object& config, std::string_view key, int64_t otherwise) {
  int64_t value = 0;
  return config[key].get(value) == simdjson::SUCCESS ? value : otherwise;
}

std::string text(const object& config, std::string_view key, const std::string& otherwise) {
  std::string_view value;
  return config[key].get(value) == simdjson::SUCCESS ? std::string(value) : otherwise;
}

Dictionary dictionary(const std::string& name) {
  if (name == "always") return Dictionary::always;
  if (name == "never") return Dictionary::never;
  return Dictionary::automatic;
}

}  // namespace

Config Config::parse(std::string_view json) {
  simdjson::dom::parser parser;
  object object;
  if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS) {
    throw headrace::Error(HEADRACE_INVALID_CONFIG, "the configuration is not a JSON object");
  }
  Config config;
  config.compression = text(object, "compression", config.compression);
  config.level = static_cast<int>(integer(object, "level", config.level));
  config.row_group_bytes = integer(object, "row_group_bytes", config.row_group_bytes);
  config.memory_bytes = integer(object, "memory_bytes", config.memory_bytes);
  config.page_bytes = integer(object, "page_bytes", config.page_bytes);
  config.dictionary = parquet_format::dictionary(text(object, "dictionary", "auto"));
  config.threads = static_cast<int>(integer(object, "threads", config.threads));
  if (config.compression == "gzip" && config.level > 9) {
    throw headrace::Error(HEADRACE_INVALID_CONFIG,
                          "level " + std::to_string(config.level) + " is above 9, the highest of gzip");
  }
  return config;
}

std::string_view Config::schema() {
  return R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "compression": {"enum": ["zstd", "snappy", "gzip", "lz4", "none"], "default": "zstd",
      "description": "Codec of the pages"},
    "level": {"type": "integer", "minimum": 1, "maximum": 19, "default": 1,
      "description": "Level of zstd, or of gzip (up to 9): higher is smaller and slower"},
    "row_group_bytes": {"type": "integer", "minimum": 65536, "maximum": 2147483648, "default": 8388608,
      "description": "Memory that a row group takes before it is written"},
    "memory_bytes": {"type": "integer", "minimum": 1048576, "maximum": 68719476736, "default": 67108864,
      "description": "Memory that all open files together take before the largest row group is written"},
    "page_bytes": {"type": "integer", "minimum": 1024, "maximum": 67108864, "default": 1048576,
      "description": "Uncompressed size of a page"},
    "dictionary": {"enum": ["auto", "always", "never"], "default": "auto",
      "description": "Dictionary encoding; auto looks at the first rows of a file, column by column"},
    "threads": {"type": "integer", "minimum": 1, "maximum": 64, "default": 1,
      "description": "Threads that encode the columns of a batch"}
  }
})json";
}

}  // namespace parquet_format
