#include "Plan.hpp"

#include "Input.hpp"

#include <simdjson.h>
#include <strings.h>

#include <set>

namespace sql {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

/// Operators that treat each row by itself.
const std::set<std::string_view> kRowByRow = {"PROJECTION", "FILTER", "UNNEST", "UNION", "CTE"};

/// Joins whose first side is read once, in order.
const std::set<std::string_view> kJoins = {"HASH_JOIN",      "NESTED_LOOP_JOIN",     "BLOCKWISE_NL_JOIN",
                                           "CROSS_PRODUCT",  "PIECEWISE_MERGE_JOIN", "IE_JOIN"};

/// Kinds of join that bring no row of the second side by itself: for such a row it takes all batches to know.
const std::set<std::string_view> kJoinTypes = {"", "INNER", "LEFT", "SEMI", "ANTI", "MARK", "SINGLE"};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// What a user would call an operator.
std::string reason(std::string_view name) {
  if (contains(name, "WINDOW")) return "uses a window function";
  if (contains(name, "GROUP_BY") || contains(name, "AGGREGATE")) return "aggregates (GROUP BY, DISTINCT, UNION or a "
                                                                        "function such as count)";
  if (contains(name, "ORDER") || contains(name, "TOP_N")) return "orders its rows";
  if (contains(name, "LIMIT")) return "limits the number of rows";
  if (contains(name, "SAMPLE")) return "takes a sample";
  return "uses " + std::string(name);
}

[[noreturn]] void refuse(const std::string& why) {
  throw headrace::Error(HEADRACE_INVALID_CONFIG,
                        "query: " + why +
                            ", so its answer would depend on where a batch ends; use scope: table for that");
}

std::string_view text(const element& node, std::string_view key) {
  std::string_view value;
  return node[key].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

bool reads_input(const element& node);

/// A leaf that is none of the known constants may hold rows of the input as well.
bool is_input_leaf(std::string_view name) {
  return strncasecmp(name.data(), Input::kFunction.data(), Input::kFunction.size()) == 0 || name == "CTE_SCAN" ||
         name == "DELIM_SCAN" || name == "RECURSIVE_CTE_SCAN";
}

void check_join(const element& node, std::string_view name, bool first_reads, bool second_reads) {
  if (first_reads && second_reads) refuse("joins the input with itself");
  if (second_reads) refuse("joins rows to something larger than the input; name input first in the join");
  if (kJoinTypes.count(text(node["extra_info"].value(), "Join Type")) > 0) return;
  refuse("has an outer join that keeps rows without one of the input (" + std::string(name) + ")");
}

bool reads_input(const element& node) {
  const std::string_view name = text(node, "name");
  std::vector<bool> reads;
  array children;
  if (node["children"].get(children) == simdjson::SUCCESS) {
    for (const element child : children) reads.push_back(reads_input(child));
  }
  if (reads.empty()) return is_input_leaf(name);
  bool any = false;
  for (const bool child_reads : reads) any = any || child_reads;
  if (!any) return false;
  if (kJoins.count(name) > 0 && reads.size() >= 2) {
    check_join(node, name, reads[0], reads[1]);
  } else if (kRowByRow.count(name) == 0) {
    refuse(reason(name));
  }
  return true;
}

}  // namespace

void check_row_by_row(Session* session, const std::string& query) {
  const auto plans = session->texts("EXPLAIN (FORMAT json) " + query, 1);
  simdjson::dom::parser parser;
  array roots;
  if (plans.empty() || parser.parse(plans.front()).get(roots) != simdjson::SUCCESS) {
    throw headrace::Error(HEADRACE_UNSUPPORTED, "this DuckDB does not explain its plans as JSON; version 1.5 does");
  }
  // Its plan has windows and groups that the user never wrote.
  if (contains(plans.front(), "DELIM_JOIN")) {
    refuse("has a subquery that depends on the row around it (list functions such as list_filter do without)");
  }
  bool reads = false;
  for (const element root : roots) reads = reads_input(root) || reads;
  if (!reads) {
    throw headrace::Error(HEADRACE_INVALID_CONFIG, "query: no row of input comes through it; select FROM input");
  }
}

}  // namespace sql
