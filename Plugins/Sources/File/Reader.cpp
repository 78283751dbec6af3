#include "Reader.hpp"

#include <algorithm>
#include <charconv>
#include <simdjson.h>

namespace headrace::file {

namespace {

constexpr std::uint64_t most_batch_bytes = std::uint64_t{256} << 20;
constexpr std::uint64_t most_cells = 4 << 20;  // wide and sparse rows take more memory than they have bytes
constexpr std::uint64_t most_rejects = 1024;
constexpr std::size_t record_shown = 64 * 1024;
constexpr std::uint64_t most_counted = std::uint64_t{1} << 30;  // bytes in which lines are counted

}  // namespace

std::string Position::encode() const { return "1:" + std::to_string(offset) + ":" + std::to_string(lines); }

Position Position::decode(std::string_view bytes) {
  Position out;
  const char* end = bytes.data() + bytes.size();
  if (bytes.substr(0, 2) == "1:") {
    auto first = std::from_chars(bytes.data() + 2, end, out.offset);
    if (first.ec == std::errc() && first.ptr != end && *first.ptr == ':') {
      auto second = std::from_chars(first.ptr + 1, end, out.lines);
      if (second.ec == std::errc() && second.ptr == end) return out;
    }
  }
  throw Error(HEADRACE_INVALID_CONFIG,
              "the position is not one of this plugin's version; forget it with `state reset`");
}

Reader::Reader(const Config& config, const Piece& piece, std::unique_ptr<File> file, Compression compression)
    : config_(config), piece_(piece), file_(std::move(file)), compression_(compression) {
  is_whole_ = compression_ != Compression::none || (piece_.start == 0 && piece_.end >= file_->size());
  for (const Field& field : piece_.schema) columns_.push_back(std::make_unique<Column>(field, field.name));
}

void Reader::start(std::string_view position, std::uint64_t ordinal, const BatchLimits& limits, const Call& call) {
  call_ = &call;
  limits_ = limits;
  ordinal_ = ordinal;
  if (limits_.bytes == 0) limits_.bytes = 1 << 20;
  if (limits_.rows == 0) limits_.rows = 65'536;
  limits_.bytes = std::min(limits_.bytes, most_batch_bytes);
  std::uint64_t width = std::max<std::uint64_t>(columns_.size(), 1);
  limits_.rows = std::min(limits_.rows, std::max<std::uint64_t>(most_cells / width, 1));
  if (piece_.start == 0) first_line_ = 1;
  if (!position.empty()) position_ = Position::decode(position);
  else if (piece_.start > 0) position_.offset = piece_.start - 1;
  window_ = std::make_unique<Window>(open_stream(*file_, compression_, position_.offset, call));
  if (position.empty() && piece_.start > 0) skip_to_first_record();
  prepare();
  call_ = nullptr;
}

/// A record belongs to the piece in which it starts: to the one before belongs what runs into this one.
void Reader::skip_to_first_record() {
  while (true) {
    const char* stop = static_cast<const char*>(std::memchr(window_->begin(), '\n', window_->size()));
    if (stop != nullptr) return advance(static_cast<std::size_t>(stop - window_->begin()) + 1, 0);
    advance(window_->size(), 0);
    if (!fill()) return;
  }
}

bool Reader::fill() {
  call_->throw_if_ended();
  return window_->fill();
}

bool Reader::is_batch_full() const {
  return records_ >= limits_.rows || position_.offset - batch_start_ >= limits_.bytes ||
         batch_.reject_count() >= most_rejects;
}

headrace_status Reader::read(const Call& call, headrace_batch* out) {
  call_ = &call;
  call.throw_if_ended();
  batch_start_ = position_.offset;
  records_ = 0;
  rows_ = 0;
  while (!is_batch_full() && next()) {
  }
  file_->require_unchanged();
  if (records_ == 0) return HEADRACE_END_OF_STREAM;
  ordinal_ += records_;
  batch_.position(position_.encode(), ordinal_, static_cast<std::int64_t>(position_.offset - batch_start_));
  Array array;
  finish_batch(columns_, rows_, array.get());
  batch_.finish(std::move(array), out);
  return HEADRACE_OK;
}

bool Reader::line(std::string_view& line, std::size_t& size, bool& is_too_long) {
  std::size_t searched = 0;
  is_too_long = false;
  while (true) {
    const char* begin = window_->begin();
    const void* found = std::memchr(begin + searched, '\n', window_->size() - searched);
    if (found != nullptr) {
      std::size_t length = static_cast<std::size_t>(static_cast<const char*>(found) - begin);
      line = std::string_view(begin, length);
      size = length + 1;
      break;
    }
    searched = window_->size();
    if (searched > config_.max_record_bytes) break;
    if (fill()) continue;
    if (searched == 0) return false;
    line = std::string_view(window_->begin(), searched);
    size = searched;
    break;
  }
  is_too_long = searched > config_.max_record_bytes || line.size() > config_.max_record_bytes;
  if (!is_too_long && !line.empty() && line.back() == '\r') line.remove_suffix(1);
  return true;
}

void Reader::reject_long_line(const char* hint) {
  std::string_view shown(window_->begin(), std::min(window_->size(), record_shown + 1));
  shown = shown.substr(0, shown.find('\n'));
  std::string reason = "the record is longer than " + std::to_string(config_.max_record_bytes) + " bytes" + hint +
                       "; raise 'max_record_bytes' to read it";
  reject(std::move(reason), shown);
  while (true) {
    const char* stop = static_cast<const char*>(std::memchr(window_->begin(), '\n', window_->size()));
    if (stop != nullptr) return advance(static_cast<std::size_t>(stop - window_->begin()) + 1, 1);
    advance(window_->size(), 0);
    if (!fill()) return;
  }
}

void Reader::reject(std::string reason, std::string_view record, std::int64_t column) {
  batch_.reject(std::move(reason), -1, place(column), record);
  ++records_;
}

void Reader::take_back_row() {
  for (auto& column : columns_) column->truncate(rows_);
}

std::string Reader::place(std::int64_t column) {
  if (first_line_ == 0) count_lines_before();
  if (first_line_ == 0) return piece_.path + "@" + std::to_string(position_.offset);
  std::string out = piece_.path + ":" + std::to_string(first_line_ + position_.lines);
  return column < 0 ? out : out + ":" + std::to_string(column + 1);
}

/// Line numbers are needed for rejects only, so lines before the piece are counted at the first of them.
void Reader::count_lines_before() {
  if (piece_.start > most_counted) return;
  std::vector<char> block(256 * 1024);
  std::uint64_t lines = 0, offset = 0;
  while (offset + 1 < piece_.start) {
    call_->throw_if_ended();
    std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), piece_.start - 1 - offset));
    std::size_t got = file_->read(offset, block.data(), wanted);
    if (got == 0) break;
    lines += static_cast<std::uint64_t>(std::count(block.data(), block.data() + got, '\n'));
    offset += got;
  }
  first_line_ = lines + 2;  // behind the line that runs into the piece
}

bool Reader::is_utf8(std::string_view record) {
  if (position_.offset + record.size() <= valid_until_) return true;
  if (position_.offset >= suspect_until_) {
    const char* begin = window_->begin();
    const void* last = memrchr(begin, '\n', window_->size());
    std::size_t size = last == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(last) - begin);
    if (size >= record.size()) {
      bool is_valid = simdjson::validate_utf8(begin, size);
      (is_valid ? valid_until_ : suspect_until_) = position_.offset + size;
      if (is_valid) return true;
    }
  }
  return simdjson::validate_utf8(record.data(), record.size());
}

}  // namespace headrace::file
