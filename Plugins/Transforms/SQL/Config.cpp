#include "Config.hpp"

#include <headrace/plugin.hpp>
#include <simdjson.h>

namespace sql {
namespace {

using simdjson::dom::object;

std::string text(const object& config, std::string_view key) {
  std::string_view value;
  return config[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

int64_t integer(const object& config, std::string_view key, int64_t otherwise) {
  int64_t value = 0;
  return config[key].get(value) == simdjson::SUCCESS ? value : otherwise;
}

}  // namespace

Config Config::parse(std::string_view json) {
  simdjson::dom::parser parser;
  object object;
  if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS) {
    throw headrace::Error(HEADRACE_INVALID_CONFIG, "the configuration is not a JSON object");
  }
  Config config;
  config.query = text(object, "query");
  config.library = text(object, "library");
  config.memory_bytes = integer(object, "memory_bytes", config.memory_bytes);
  config.threads = static_cast<int>(integer(object, "threads", config.threads));
  return config;
}

std::string_view Config::transform_schema() {
  return R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "required": ["query"],
  "properties": {
    "query": {"type": "string", "minLength": 1,
      "description": "One SELECT over the table input, row by row: no aggregate, order, limit, DISTINCT or window"},
    "library": {"type": "string", "description": "Path of the DuckDB library, if it is not where it is searched for"},
    "memory_bytes": {"type": "integer", "minimum": 16777216, "maximum": 1099511627776, "default": 268435456,
      "description": "Memory that DuckDB may take for one instance"}
  }
})json";
}

std::string_view Config::query_schema() {
  return R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "library": {"type": "string", "description": "Path of the DuckDB library, if it is not where it is searched for"},
    "memory_bytes": {"type": "integer", "minimum": 16777216, "maximum": 1099511627776, "default": 268435456,
      "description": "Memory that DuckDB may take for one query"},
    "threads": {"type": "integer", "minimum": 1, "maximum": 1024, "default": 1,
      "description": "Threads of a query"}
  }
})json";
}

}  // namespace sql
