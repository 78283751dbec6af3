#include "CsvReader.hpp"

#include "Encoding.hpp"
#include "JsonlReader.hpp"
#include "Values.hpp"

#include <algorithm>
#include <set>

namespace headrace::file {

namespace {

std::vector<std::string> unique_names(const CsvScanner& scanner, const CsvOptions& options) {
  std::vector<std::string> out;
  std::set<std::string> taken;
  for (const CsvField& field : scanner.fields) {
    std::string name = field.has_doubled ? scanner.unquoted(field) : std::string(field.text);
    if (options.latin1) name = utf8_from_latin1(name);
    if (name.empty()) name = "column_" + std::to_string(out.size() + 1);
    std::string candidate = name;
    for (int i = 2; !taken.insert(candidate).second; ++i) candidate = name + "_" + std::to_string(i);
    out.push_back(candidate);
  }
  return out;
}

/// Empty lines at the window's start, line breaks included.
std::size_t leading_blank(const char* at, const char* end, bool is_last, bool& is_incomplete) {
  const char* start = at;
  is_incomplete = false;
  while (at < end) {
    if (*at == '\n') {
      ++at;
    } else if (*at == '\r' && at + 1 < end && at[1] == '\n') {
      at += 2;
    } else {
      is_incomplete = *at == '\r' && at + 1 == end && !is_last;
      break;
    }
  }
  return static_cast<std::size_t>(at - start);
}

constexpr std::size_t longest_header = 1 << 20;

}  // namespace

CsvOptions options_for(const CsvOptions& options, const std::string& path) {
  CsvOptions out = options;
  if (out.delimiter != 0) return out;
  bool is_tab = path.ends_with(".tsv") || path.ends_with(".tsv.gz");
  out.delimiter = is_tab ? '\t' : ',';
  return out;
}

CsvHeader read_header(const File& file, Compression compression, const CsvOptions& options, const Call& call) {
  Window window(open_stream(file, compression, 0, call));
  CsvScanner scanner(options);
  CsvHeader out;
  window.fill();
  std::size_t skipped = skip_byte_order_mark(file, std::string_view(window.begin(), window.size()));
  bool is_incomplete;
  std::size_t blank = leading_blank(window.begin() + skipped, window.end(), window.is_at_end(), is_incomplete);
  out.end.lines = static_cast<std::uint64_t>(
      std::count(window.begin() + skipped, window.begin() + skipped + blank, '\n'));
  skipped += blank;
  out.end.offset = skipped;
  if (!options.header || window.size() == skipped) return out;
  while (true) {
    const char* start = window.begin() + skipped;
    auto outcome = scanner.scan(start, window.end(), window.is_at_end());
    if (outcome == CsvScanner::Outcome::incomplete && window.size() < longest_header) {
      window.fill();
      continue;
    }
    if (outcome != CsvScanner::Outcome::record) {
      throw Error(HEADRACE_BAD_RECORD, "'" + file.shown() + "' has no usable header in its first record: " +
                                           (outcome == CsvScanner::Outcome::bad ? scanner.problem : "it does not end"));
    }
    out.names = unique_names(scanner, options);
    out.end.offset += static_cast<std::uint64_t>(scanner.next - start);
    out.end.lines += static_cast<std::uint64_t>(std::count(start, scanner.next, '\n'));
    break;
  }
  for (const std::string& name : out.names) {
    if (is_utf8(name)) continue;
    throw Error(HEADRACE_BAD_RECORD, "the header of '" + file.shown() + "' is " + describe_bad_utf8(name) +
                                         "; set 'csv.encoding' if the file is not UTF-8");
  }
  return out;
}

void CsvReader::prepare() {
  CsvHeader header = read_header(*file_, compression_, options_, *call_);
  match(header);
  while (position_.offset < header.end.offset) {
    if (window_->size() == 0 && !fill()) break;
    std::uint64_t left = header.end.offset - position_.offset;
    advance(static_cast<std::size_t>(std::min<std::uint64_t>(left, window_->size())), 0);
    if (position_.offset == header.end.offset) position_.lines = header.end.lines;
  }
}

void CsvReader::match(const CsvHeader& header) {
  if (!options_.header) {
    for (std::size_t i = 0; i < columns_.size(); ++i) column_of_field_.push_back(static_cast<int>(i));
    return;
  }
  if (header.names.empty()) return;
  std::set<int> found;
  for (const std::string& name : header.names) {
    auto is_it = [&](const auto& column) { return column->field().name == name; };
    auto place = std::find_if(columns_.begin(), columns_.end(), is_it);
    int index = place == columns_.end() ? -1 : static_cast<int>(place - columns_.begin());
    if (index < 0 && config_.rejects_unknown_fields) {
      throw Error(HEADRACE_BAD_RECORD, "the header of '" + file_->shown() + "' has the column '" + name +
                                           "', which the schema has not");
    }
    column_of_field_.push_back(index);
    found.insert(index);
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (found.count(static_cast<int>(i)) != 0) continue;
    missing_.push_back(columns_[i].get());
    const Field& field = columns_[i]->field();
    if (!config_.fails_on_missing_columns && field.nullable) continue;
    throw Error(HEADRACE_BAD_RECORD, "the header of '" + file_->shown() + "' lacks the column '" + field.name +
                                         "' of the schema");
  }
}

/// Scans the record at the window's start. `is_too_long` must not depend on how much of the file is in the window.
CsvScanner::Outcome CsvReader::scan_record(bool& is_too_long) {
  while (true) {
    const char* end = window_->end();
    bool is_last = window_->is_at_end();
    if (!options_.multiline) {
      const void* stop = std::memchr(window_->begin(), '\n', window_->size());
      if (stop != nullptr) end = static_cast<const char*>(stop) + 1;
      is_last = is_last || stop != nullptr;
    }
    auto outcome = scanner_.scan(window_->begin(), end, is_last);
    bool is_open = outcome == CsvScanner::Outcome::incomplete || scanner_.is_unclosed;
    std::size_t size = static_cast<std::size_t>((is_open ? end : scanner_.next) - window_->begin());
    is_too_long = size > config_.max_record_bytes;
    if (is_too_long || outcome != CsvScanner::Outcome::incomplete) return outcome;
    fill();
  }
}

bool CsvReader::next() {
  if (is_past_end()) return false;
  if (window_->size() == 0 && !fill()) return false;
  bool is_incomplete;
  std::size_t blank = leading_blank(window_->begin(), window_->end(), window_->is_at_end(), is_incomplete);
  if (blank > 0) {
    auto lines = std::count(window_->begin(), window_->begin() + blank, '\n');
    return advance(blank, static_cast<std::uint64_t>(lines)), true;
  }
  if (is_incomplete) return fill(), true;
  bool is_too_long;
  auto outcome = scan_record(is_too_long);
  if (is_too_long) return reject_long_line(", or a quote that it opens is never closed"), true;
  const char* begin = window_->begin();
  std::size_t size = static_cast<std::size_t>(scanner_.next - begin);
  std::string_view record(begin, size);
  while (!record.empty() && (record.back() == '\n' || record.back() == '\r')) record.remove_suffix(1);
  if (outcome == CsvScanner::Outcome::bad) {
    reject(scanner_.problem, record);
  } else if (!options_.latin1 && !is_utf8(record)) {
    reject(describe_bad_utf8(record), record);
  } else if (append_row()) {
    end_row();
  } else {
    take_back_row();
    reject(reason_, record);
  }
  advance(size, scanner_.has_quotes ? static_cast<std::uint64_t>(std::count(begin, begin + size, '\n')) : 1);
  return true;
}

bool CsvReader::append_row() {
  const std::vector<CsvField>& fields = scanner_.fields;
  if (fields.size() != column_of_field_.size()) {
    reason_ = "the record has " + std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields") +
              ", and the " + (options_.header ? "header " : "schema ") + std::to_string(column_of_field_.size());
    return false;
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    int index = column_of_field_[i];
    if (index >= 0 && !append_field(*columns_[static_cast<std::size_t>(index)], fields[i])) return false;
  }
  for (Column* column : missing_) column->append_null();
  return true;
}

bool CsvReader::is_null(const CsvField& field, const Column& column) const {
  if (field.is_quoted) return field.text.empty() && column.kind() != Kind::string;
  for (const std::string& text : options_.null_values) {
    if (field.text == text) return true;
  }
  return false;
}

bool CsvReader::append_null(Column& column) {
  if (column.field().nullable) return column.append_null(), true;
  reason_ = "column '" + column.path() + "' has no value, and is declared as not nullable";
  return false;
}

bool CsvReader::append_field(Column& column, const CsvField& field) {
  if (is_null(field, column)) return append_null(column);
  std::string_view text = field.text;
  if (field.has_doubled) [[unlikely]] text = scratch_ = scanner_.unquoted(field);
  if (options_.latin1 && !is_ascii(text)) text = scratch_ = utf8_from_latin1(text);
  if (append_text(column, text)) return true;
  reason_ = misfit(column.path(), text, column.field().type);
  return false;
}

std::unique_ptr<Reader> make_reader(const Config& config, const Piece& piece, std::unique_ptr<File> file,
                                    Format format, Compression compression) {
  if (format == Format::csv) return std::make_unique<CsvReader>(config, piece, std::move(file), compression);
  return std::make_unique<JsonlReader>(config, piece, std::move(file), compression);
}

}  // namespace headrace::file
