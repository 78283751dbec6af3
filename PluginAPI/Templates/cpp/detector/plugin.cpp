// A detector: reports each value of a column that is above a limit. It learns nothing and keeps no state.
#include <headrace/plugin.hpp>

#include <cmath>
#include <sstream>

namespace {

using namespace headrace;

constexpr std::size_t most_findings = 100;  // of one batch; who has read these knows enough

class Limit : public Instance {
 public:
  static constexpr std::string_view config_schema = R"({
    "type": "object", "required": ["column", "limit"], "additionalProperties": false, "properties": {
      "column": {"type": "string", "minLength": 1, "description": "The column of numbers to watch."},
      "limit": {"type": "number", "description": "The greatest value that is not reported."}
    }
  })";

  Limit(const Host&, std::string_view config)
      : column_(Config(config).text("column")), limit_(Config(config).number("limit")) {}

  void bind(const Call&, std::string_view, const ArrowSchema& schema) {
    index_ = expect_column(schema, column_, {kInt64, kFloat64});
    is_float_ = std::string_view(schema.children[index_]->format) == kFloat64;
  }

  void inspect(const Call&, const ArrowArray& batch, FindingListBuilder& findings) {
    const ColumnView column(batch, index_);
    for (int64_t row = 0; row < batch.length && findings.count() < most_findings; ++row) {
      if (column.is_null(row)) continue;
      const double value = is_float_ ? column.float64(row) : static_cast<double>(column.int64(row));
      if (!(value > limit_)) continue;  // NaN is not above anything
      const double size = limit_ == 0 ? 1 : std::abs(limit_);  // a score of 2 is twice the limit
      findings.add({HEADRACE_SEVERITY_WARNING, "above_limit", column_, message(value), row,
                    1 + (value - limit_) / size, value, limit_});
    }
  }

 private:
  std::string message(double value) const {
    std::ostringstream text;
    text.precision(15);
    text << column_ << " is " << value << ", above " << limit_;
    return text.str();
  }

  const std::string column_;
  const double limit_;
  int64_t index_ = 0;  // of the column, once bound
  bool is_float_ = false;
};

}  // namespace

const headrace_entry* headrace_plugin_entry() {
  static constexpr headrace_entry entry = entry_of<detector_of<Limit>>("@name@", "0.1.0");
  return &entry;
}
