#pragma once

#include "CsvScanner.hpp"
#include "Reader.hpp"

#include <string>
#include <vector>

namespace headrace::file {

/// The first record of a CSV file, and where the next one begins.
struct CsvHeader {
  std::vector<std::string> names;
  Position end;
};

/// The options as they are for this file.
CsvOptions options_for(const CsvOptions& options, const std::string& path);

/// Without a header in the file the names are empty. Names that are missing or come twice are made up: `column_3`,
/// `price_2`.
CsvHeader read_header(const File& file, Compression compression, const CsvOptions& options, const Call& call);

class CsvReader : public Reader {
 public:
  CsvReader(const Config& config, const Piece& piece, std::unique_ptr<File> file, Compression compression)
      : Reader(config, piece, std::move(file), compression),
        options_(options_for(config.csv, piece.path)),
        scanner_(options_) {}

 protected:
  bool next() override;
  void prepare() override;

 private:
  CsvOptions options_;
  CsvScanner scanner_;
  std::vector<int> column_of_field_;   // -1: not wanted
  std::vector<Column*> missing_;       // columns that the file does not have
  std::string scratch_, reason_;

  void match(const CsvHeader& header);
  CsvScanner::Outcome scan_record(bool& is_too_long);
  bool append_row();
  bool append_field(Column& column, const CsvField& field);
  bool is_null(const CsvField& field, const Column& column) const;
  bool append_null(Column& column);
};

}  // namespace headrace::file
