// A transform: turns the text of one column to upper case. The other columns pass through uncopied.
#include <headrace/plugin.hpp>

namespace {

using namespace headrace;

class UpperCase : public Instance {
 public:
  static constexpr std::string_view config_schema = R"({
    "type": "object", "required": ["column"], "additionalProperties": false, "properties": {
      "column": {"type": "string", "minLength": 1, "description": "The text column to turn to upper case."}
    }
  })";

  UpperCase(const Host&, std::string_view config) : column_(Config(config).text("column")) {}

  void bind(const Call&, std::string_view, const ArrowSchema& input, ArrowSchema* output) {
    index_ = expect_column(input, column_, {kUTF8});
    export_schema(import_schema(input), output);
  }

  void apply(const Call&, ArrowArray* input, headrace_batch* out) {
    const ColumnView column(*input, index_);
    RowsBuilder rows({Field{column_, kUTF8}});
    for (int64_t row = 0; row < input->length; ++row) {
      if (!column.is_null(row)) rows.put(0, upper(column.text(row)));  // what is not put is null
      rows.end_row();
    }
    finish_replacing(input, index_, std::move(rows), out);
  }

 private:
  static std::string upper(std::string_view text) {
    std::string result(text);
    for (char& character : result) {
      if (character >= 'a' && character <= 'z') character = static_cast<char>(character - 'a' + 'A');
    }
    return result;
  }

  const std::string column_;
  int64_t index_ = 0;  // of the column, once bound
};

}  // namespace

const headrace_entry* headrace_plugin_entry() {
  static constexpr headrace_entry entry = entry_of<transform_of<UpperCase>>("@name@", "0.1.0");
  return &entry;
}
