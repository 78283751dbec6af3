#include "Inference.hpp"

#include "CsvReader.hpp"
#include "Encoding.hpp"
#include "Guess.hpp"

#include <algorithm>

namespace headrace::file {

namespace {

/// How much of one file is looked at.
struct Budget {
  std::int64_t rows;
  std::size_t bytes;
};

/// Few files: many rows of each; many files: still some rows of each.
Budget budget_for(std::int64_t rows, std::size_t files) {
  constexpr std::size_t all_bytes = std::size_t{16} << 20, least_bytes = 64 * 1024;
  auto count = static_cast<std::int64_t>(files);
  return {std::max<std::int64_t>(rows / count, std::min<std::int64_t>(rows, 20)),
          std::max(all_bytes / files, least_bytes)};
}

class Sampler {
 public:
  Sampler(const Config& config, const Call& call) : config_(config), call_(call) {}

  Guess root{10'000};  // columns
  std::int64_t rows = 0;
  std::int64_t bytes = 0;

  void jsonl(const FoundFile& found, const File& file, Budget budget) {
    Window window(open_stream(file, found.compression, 0, call_));
    window.fill();
    std::size_t at = skip_byte_order_mark(file, std::string_view(window.begin(), window.size()));
    for (std::int64_t row = 0; row < budget.rows;) {
      const char* start = window.begin() + at;
      const void* stop = std::memchr(start, '\n', static_cast<std::size_t>(window.end() - start));
      if (stop == nullptr && !window.is_at_end()) {
        if (window.size() >= budget.bytes) return;
        window.fill();
        continue;  // the window may have moved
      }
      const char* end = stop == nullptr ? window.end() : static_cast<const char*>(stop);
      if (end > start && observe_line(std::string_view(start, static_cast<std::size_t>(end - start)))) ++row;
      if (stop == nullptr) return;
      at = static_cast<std::size_t>(end - window.begin()) + 1;
    }
  }

  void csv(const FoundFile& found, const File& file, Budget budget) {
    CsvOptions options = options_for(config_.csv, found.path);
    CsvHeader header = read_header(file, found.compression, options, call_);
    Window window(open_stream(file, found.compression, header.end.offset, call_));
    CsvScanner scanner(options);
    std::size_t at = 0;
    for (const std::string& name : header.names) root.field(name);
    for (std::int64_t row = 0; row < budget.rows;) {
      const char* start = window.begin() + at;
      if (start == window.end() && !(window.size() < budget.bytes && window.fill())) return;
      start = window.begin() + at;
      auto outcome = scanner.scan(start, window.end(), window.is_at_end());
      if (outcome == CsvScanner::Outcome::incomplete) {
        if (window.size() >= budget.bytes) return;
        window.fill();
        continue;
      }
      at = static_cast<std::size_t>(scanner.next - window.begin());
      if (outcome == CsvScanner::Outcome::bad || is_blank(scanner)) continue;
      observe_record(scanner, header, options);
      bytes += scanner.next - start;
      ++rows;
      ++row;
    }
  }

 private:
  const Config& config_;
  const Call& call_;

  static bool is_blank(const CsvScanner& scanner) {
    return scanner.fields.size() == 1 && scanner.fields[0].text.empty() && !scanner.fields[0].is_quoted;
  }

  bool observe_line(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos || !is_utf8(line)) return false;
    bytes += static_cast<std::int64_t>(line.size()) + 1;
    ++rows;
    JsonCursor check{line.data(), line.data() + line.size(), nullptr};
    JsonCursor cursor = check;
    check.skip_space();
    // A line that will be rejected says nothing about the columns.
    if (!check.is_at('{') || !check.skip_value()) return true;
    check.skip_space();
    if (check.at == check.end) root.observe_json(cursor);
    return true;
  }

  void observe_record(const CsvScanner& scanner, const CsvHeader& header, const CsvOptions& options) {
    if (options.header && scanner.fields.size() != header.names.size()) return;
    for (std::size_t i = 0; i < scanner.fields.size(); ++i) {
      const CsvField& field = scanner.fields[i];
      Guess* guess = root.field(options.header ? header.names[i] : "column_" + std::to_string(i + 1));
      if (guess == nullptr) continue;
      const auto& nulls = options.null_values;
      bool is_null = field.is_quoted ? field.text.empty()
                                     : std::find(nulls.begin(), nulls.end(), field.text) != nulls.end();
      if (!is_null) guess->observe_text(field.text);
    }
  }
};

}  // namespace

std::unique_ptr<File> open_found(const Config& config, const std::string& path) {
  return std::make_unique<File>(resolve(path, config.base_directory), path);
}

Inferred infer(const Config& config, const std::vector<FoundFile>& files, const Call& call) {
  Sampler sampler(config, call);
  Budget budget = budget_for(config.inference_rows, std::max<std::size_t>(files.size(), 1));
  for (const FoundFile& found : files) {
    call.throw_if_ended();
    auto file = open_found(config, found.path);
    found.format == Format::csv ? sampler.csv(found, *file, budget) : sampler.jsonl(found, *file, budget);
  }
  Inferred out;
  out.rows = sampler.rows;
  out.bytes = sampler.bytes;
  if (!config.schema.empty()) {
    out.schema = config.schema;
    return out;
  }
  for (const auto& [name, guess] : sampler.root.fields()) {
    Field field{name, guess->type(), true, true};
    auto set = config.inference_types.find(name);
    if (set != config.inference_types.end()) field.type = set->second;
    bool is_unknown = guess->kind() == Guess::Kind::nothing && set == config.inference_types.end();
    if (is_unknown) {
      out.notes.push_back("column '" + name + "' has no value in the " + std::to_string(out.rows) +
                          " rows looked at: it is read as string");
    }
    out.schema.push_back(std::move(field));
  }
  if (out.schema.empty()) out.notes.push_back("the files have no rows and no header yet: no columns are known");
  return out;
}

}  // namespace headrace::file
