#include "JsonlReader.hpp"

#include "Encoding.hpp"

namespace headrace::file {

void JsonlReader::prepare() {
  if (position_.offset != 0) return;
  fill();
  advance(skip_byte_order_mark(*file_, std::string_view(window_->begin(), window_->size())), 0);
}

bool JsonlReader::next() {
  if (is_past_end()) return false;
  std::string_view text;
  std::size_t size;
  bool is_too_long;
  if (!line(text, size, is_too_long)) return false;
  if (is_too_long) return reject_long_line(), true;
  if (text.empty() || text.find_first_not_of(" \t\r") == std::string_view::npos) return advance(size, 1), true;
  if (!is_utf8(text)) {
    reject(describe_bad_utf8(text), text);
  } else if (row_.append(text.data(), text.data() + text.size())) {
    end_row();
  } else {
    take_back_row();
    reject(row_.reason(), text, row_.place());
  }
  advance(size, 1);
  return true;
}

}  // namespace headrace::file
