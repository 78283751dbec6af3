// Reads a piece of a file as batches: what CSV and JSON Lines have in common.
#pragma once

#include "Client.hpp"
#include "Column.hpp"
#include "Config.hpp"

#include <memory>
#include <string>
#include <vector>

namespace headrace::file {

/// Where a reader is in the uncompressed content, always between two records.
struct Position {
  std::uint64_t offset = 0;
  std::uint64_t lines = 0;  // physical lines of this piece before it

  std::string encode() const;
  /// Throws INVALID_CONFIG for bytes that are no position of this plugin.
  static Position decode(std::string_view bytes);
};

struct BatchLimits {
  std::uint64_t bytes = 1 << 20;  // of the source
  std::uint64_t rows = 65'536;    // records, the rejected ones included
};

/// A batch ends at the first record at which it has as many bytes, records, cells or rejects as it may; that depends on
/// the position, the limits and the data, and on nothing else. So a batch read again is the same batch.
class Reader {
 public:
  Reader(const Config& config, const Piece& piece, std::unique_ptr<File> file, Compression compression);
  virtual ~Reader() = default;

  /// Once, before the first `read`. Without a position it begins with the first record that starts in the piece.
  void start(std::string_view position, std::uint64_t ordinal, const BatchLimits& limits, const Call& call);

  /// OK or END_OF_STREAM.
  headrace_status read(const Call& call, headrace_batch* out);

  /// Values that no column took, so far.
  virtual std::int64_t unknown_count() const { return 0; }

 protected:
  const Config& config_;
  Piece piece_;
  std::unique_ptr<File> file_;
  Compression compression_;
  std::vector<std::unique_ptr<Column>> columns_;
  std::int64_t rows_ = 0;
  std::unique_ptr<Window> window_;
  Position position_;  // of the window's first byte
  const Call* call_ = nullptr;

  /// Takes the next record off the window, and appends it or rejects it. False at the end; true without either for what
  /// is no record, such as an empty line.
  virtual bool next() = 0;

  /// Called once with the position where reading begins.
  virtual void prepare() {}

  bool fill();
  bool is_past_end() const { return position_.offset >= piece_.end && !is_whole_; }

  /// The physical line at the window's start, without its line break. False at the end of the content.
  /// `is_too_long`: the line is longer than a record may be, and `line` is only its beginning.
  bool line(std::string_view& line, std::size_t& size, bool& is_too_long);

  /// Moves on by `size` bytes of the window.
  void advance(std::size_t size, std::uint64_t lines) {
    window_->consume(size);
    position_.offset += size;
    position_.lines += lines;
  }

  /// Rejects the line at the window's start, whatever its length, and moves behind it.
  void reject_long_line(const char* hint = "");
  void reject(std::string reason, std::string_view record, std::int64_t column = -1);
  void end_row() {
    ++rows_;
    ++records_;
  }
  void take_back_row();

  /// Whether these bytes, which begin a record at the window's start, are UTF-8. Looks at many records at once.
  bool is_utf8(std::string_view record);

 private:
  bool is_whole_;
  BatchLimits limits_;
  std::uint64_t records_ = 0;
  std::uint64_t ordinal_ = 0;
  std::uint64_t first_line_ = 0;  // the number of the line with which the piece begins, once it is known
  std::uint64_t valid_until_ = 0, suspect_until_ = 0;
  std::uint64_t batch_start_ = 0;
  BatchBuilder batch_;

  bool is_batch_full() const;
  void skip_to_first_record();
  std::string place(std::int64_t column);
  void count_lines_before();
};

std::unique_ptr<Reader> make_reader(const Config& config, const Piece& piece, std::unique_ptr<File> file,
                                    Format format, Compression compression);

}  // namespace headrace::file
