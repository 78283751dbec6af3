// A detector that learns: reports each value that is above all before it, in this run and in earlier ones.
//
//   c++ -std=c++20 -fPIC -shared -fvisibility=hidden -I PluginAPI/C/include -I PluginAPI/Arrow/include
//       -I PluginAPI/Cxx/include highest.cpp -o libhighest.so
#include <headrace/plugin.hpp>

#include <charconv>
#include <optional>
#include <string>

namespace {

using namespace headrace;

class Highest : public Instance {
 public:
  static constexpr std::string_view config_schema = R"({
    "type": "object", "required": ["column"], "additionalProperties": false, "properties": {
      "column": {"type": "string", "minLength": 1, "description": "The column of integers to watch."}
    }
  })";

  Highest(const Host&, std::string_view config) : column_(Config(config).text("column")) {}

  void bind(const Call&, std::string_view, const ArrowSchema& schema) {
    index_ = expect_column(schema, column_, {kInt64});
  }

  void inspect(const Call&, const ArrowArray& batch, FindingListBuilder& findings) {
    const ColumnView column(batch, index_);
    for (int64_t row = 0; row < batch.length; ++row) {
      if (column.is_null(row)) continue;
      const int64_t value = column.int64(row);
      if (highest_ && value <= *highest_) continue;
      if (highest_) findings.add(finding(value, row));
      highest_ = value;
    }
  }

  // The stream was read to its end: rules about the run.
  void finish(const Call&, const headrace_run_summary& run, FindingListBuilder& findings) {
    if (run.rows > 0) return;
    findings.add({HEADRACE_SEVERITY_INFO, "no_rows", column_, "the run had no rows", -1, 1, 0});
  }

  // The first character is the version: what a later one writes is told apart.
  std::string save(const Call&) const { return highest_ ? "1" + std::to_string(*highest_) : "1"; }

  void restore(const Call&, std::string_view state) {
    if (state.substr(0, 1) != "1") throw Error(HEADRACE_UNSUPPORTED, "a state of another version of the plugin");
    const std::string_view digits = state.substr(1);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (!digits.empty() && (error != std::errc() || end != digits.data() + digits.size())) {
      throw Error(HEADRACE_UNSUPPORTED, "a state that this plugin has not saved");
    }
    highest_ = digits.empty() ? std::nullopt : std::optional(value);
  }

 private:
  Finding finding(int64_t value, int64_t row) const {
    const std::string text = column_ + " is " + std::to_string(value) + ", above " + std::to_string(*highest_);
    return {HEADRACE_SEVERITY_WARNING, "new_highest", column_, text, row, 1, double(value), double(*highest_)};
  }

  const std::string column_;
  int64_t index_ = 0;  // of the column, once bound
  std::optional<int64_t> highest_;
};

}  // namespace

const headrace_entry* headrace_plugin_entry() {
  static constexpr headrace_entry entry = entry_of<detector_of<Highest>>("highest", "1.0.0");
  return &entry;
}
