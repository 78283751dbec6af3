// A source: one stream, `numbers`, in one split, `all`. A position is the number of the next row.
#include <headrace/plugin.hpp>

namespace {

using namespace headrace;

// Whatever the host would like: from one position come the same batches in every run.
constexpr int64_t batch_rows = 1000;

class Numbers : public Instance {
 public:
  static constexpr std::string_view config_schema = R"({
    "type": "object", "additionalProperties": false, "properties": {
      "rows": {"type": "integer", "minimum": 0, "default": 1000, "description": "How many numbers there are."}
    }
  })";

  Numbers(const Host&, std::string_view config) : rows_(Config(config).integer("rows")) {}

  void discover(const Call&, const headrace_string* patterns, uint64_t count, headrace_stream_list* out) {
    list_streams({Stream{"numbers", columns_, {"n"}, rows_}}, patterns, count, out);
  }

  void splits(const Call&, const headrace_split_request& request, headrace_split_list* out) {
    list_splits(splits_, request, out);
  }

  void open(const Call&, const headrace_open_request& request, ArrowSchema* schema) {
    find_split(splits_, request);
    next_ = row_position(request, rows_);
    ordinal_ = request.ordinal;
    export_schema(struct_of(columns_), schema);
  }

  headrace_status read(const Call&, headrace_batch* out) {
    if (next_ == rows_) return HEADRACE_END_OF_STREAM;
    const int64_t end = next_ + std::min(batch_rows, rows_ - next_);
    RowsBuilder rows(columns_);
    for (int64_t n = next_; n < end; ++n) {
      rows.put(0, n);
      rows.put(1, "number " + std::to_string(n));
      rows.end_row();
    }
    BatchBuilder batch;
    batch.position(std::to_string(end), ordinal_ + 1, -1);
    batch.finish(rows.finish(), out);
    next_ = end;  // only now: a call that fails has consumed nothing
    ++ordinal_;
    return HEADRACE_OK;
  }

  void close() noexcept {}

 private:
  const std::vector<Field> columns_{Field{"n", kInt64, false}, Field{"label", kUTF8, false}};
  // The identity is that of the data, such as a file's hash: a split begun in other data is a conflict.
  const std::vector<Split> splits_{Split{"numbers", "all", "@name@"}};
  const int64_t rows_;
  int64_t next_ = 0;      // the first row that was not returned yet
  uint64_t ordinal_ = 0;  // of the last batch
};

}  // namespace

const headrace_entry* headrace_plugin_entry() {
  static constexpr headrace_entry entry = entry_of<source_of<Numbers>>("@name@", "0.1.0");
  return &entry;
}
