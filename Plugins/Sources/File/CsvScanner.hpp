// Cuts CSV into records and fields (RFC 4180), without looking at what the fields mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headrace::file {

struct CsvOptions {
  char delimiter = 0;  // 0: a comma, or a tab if the file's name ends in .tsv
  char quote = '"';  // 0: no quoting
  bool header = true;
  bool multiline = true;  // line breaks within quotes
  bool latin1 = false;
  std::vector<std::string> null_values{""};
};

struct CsvField {
  std::string_view text;  // without the quotes around it; doubled quotes are still doubled
  bool is_quoted = false;
  bool has_doubled = false;
};

class CsvScanner {
 public:
  enum class Outcome {
    record,      // `fields` and `next` are set
    incomplete,  // the record goes on behind `end`
    bad,         // `problem` says why; `next` is where to go on
  };

  explicit CsvScanner(const CsvOptions& options) : delimiter_(options.delimiter), quote_(options.quote) {}

  std::vector<CsvField> fields;
  const char* next = nullptr;
  const char* problem = nullptr;
  bool is_unclosed = false;  // bad because a quote is never closed
  bool has_quotes = false;   // a field is quoted, and may contain line breaks

  /// Scans the record at `at`. `is_last`: nothing follows `end`. 16 bytes behind `end` must be readable.
  Outcome scan(const char* at, const char* end, bool is_last);

  /// The field's text with its doubled quotes made single.
  std::string unquoted(const CsvField& field) const;

 private:
  char delimiter_;
  char quote_;

  unsigned special_mask(const char* at) const;
  const char* find_special(const char* at, const char* end) const;
  Outcome quoted_field(const char*& at, const char* end, bool is_last, bool& is_record_end);
  Outcome fail(const char* why, const char* at, const char* end, bool is_last);
};

}  // namespace headrace::file
