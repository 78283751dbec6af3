#include "Names.hpp"

#include <simdjson.h>

#include <set>

namespace sql {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::key_value_pair;
using simdjson::dom::object;

struct Found {
  std::set<std::string> tables;
  std::set<std::string> common;  // names that a WITH defines
};

std::string text(const object& node, std::string_view key) {
  std::string_view value;
  return node[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

/// `WITH` in the tree: {"map": [{"key": "name", "value": {...}}]}.
void collect_common(const element& cte_map, Found* found) {
  array entries;
  if (cte_map["map"].get(entries) != simdjson::SUCCESS) return;
  for (const element entry : entries) {
    std::string_view name;
    if (entry["key"].get(name) == simdjson::SUCCESS) found->common.emplace(name);
  }
}

void collect(const element& node, Found* found) {
  object members;
  array items;
  if (node.get(items) == simdjson::SUCCESS) {
    for (const element item : items) collect(item, found);
  } else if (node.get(members) == simdjson::SUCCESS) {
    if (text(members, "type") == "BASE_TABLE") {
      std::string name = text(members, "table_name");
      for (const char* part : {"schema_name", "catalog_name"}) {
        const std::string prefix = text(members, part);
        if (!prefix.empty()) name = prefix + "." + name;
      }
      found->tables.insert(name);
    }
    for (const key_value_pair member : members) {
      if (member.key == "cte_map") collect_common(member.value, found);
      collect(member.value, found);
    }
  }
}

}  // namespace

std::vector<std::string> table_names(Session* session, const std::string& sql) {
  const auto trees = session->texts("SELECT json_serialize_sql(" + quoted_text(sql) + ")::VARCHAR", 0);
  simdjson::dom::parser parser;
  object root;
  if (trees.empty() || parser.parse(trees.front()).get(root) != simdjson::SUCCESS) {
    throw headrace::Error(HEADRACE_UNSUPPORTED, "this DuckDB does not serialize statements; version 1.5 does");
  }
  bool is_error = false;
  if (root["error"].get(is_error) == simdjson::SUCCESS && is_error) {
    throw headrace::Error(HEADRACE_INVALID_CONFIG, "query: " + text(root, "error_message"));
  }
  Found found;
  collect(root["statements"].value(), &found);
  std::vector<std::string> names;
  for (const auto& table : found.tables) {
    if (found.common.count(table) == 0) names.push_back(table);
  }
  return names;
}

}  // namespace sql
