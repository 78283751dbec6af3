#include "JsonRow.hpp"

#include "Values.hpp"

#include <algorithm>
#include <array>

namespace headrace::file {

namespace {

constexpr std::size_t most_slots = 4096;
constexpr std::size_t longest_spelling = 1024;

constexpr std::array<double, 23> powers_of_ten{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                               1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

}  // namespace

JsonRow::JsonRow(std::vector<std::unique_ptr<Column>>& columns, bool rejects_unknown)
    : columns_(columns), rejects_unknown_(rejects_unknown) {
  describe(columns, root_);
}

void JsonRow::describe(std::vector<std::unique_ptr<Column>>& columns, Shape& shape) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    shape.by_name.emplace(columns[i]->field().name, static_cast<int>(i));
    Column* inner = columns[i].get();
    while (inner->kind() == Kind::list) inner = inner->children().front().get();
    std::unique_ptr<Shape> child;
    if (inner->kind() == Kind::structure) {
      child = std::make_unique<Shape>();
      describe(inner->children(), *child);
    }
    shape.children.push_back(std::move(child));
  }
}

bool JsonRow::append(const char* begin, const char* end) {
  begin_ = begin;
  cursor_ = JsonCursor{begin, end, nullptr};
  place_ = -1;
  cursor_.skip_space();
  if (!cursor_.is_at('{')) {
    const char* start = cursor_.at;
    if (!cursor_.skip_value()) return bad_syntax();
    std::string_view text(start, static_cast<std::size_t>(cursor_.at - start));
    reason_ = "'" + shorten(text) + "' is not a JSON object";
    return false;
  }
  std::int64_t row = columns_.empty() ? 0 : columns_.front()->length();
  if (!object(columns_, root_, row, 0)) return cursor_.problem != nullptr ? bad_syntax() : false;
  cursor_.skip_space();
  if (cursor_.at == end) return true;
  cursor_.fail("expected nothing after the object");
  return bad_syntax();
}

bool JsonRow::bad_syntax() {
  place_ = std::min(cursor_.at, cursor_.end) - begin_;
  reason_ = std::string("not valid JSON: ") + cursor_.problem;
  return false;
}

bool JsonRow::object(std::vector<std::unique_ptr<Column>>& columns, Shape& shape, std::int64_t row, int depth) {
  if (depth > JsonCursor::deepest) return cursor_.fail("nested too deep");
  ++cursor_.at;
  std::size_t seen = 0;
  cursor_.skip_space();
  if (cursor_.is_at('}')) {
    ++cursor_.at;
  } else if (!fields(columns, shape, row, depth, seen)) {
    return false;
  }
  return seen == columns.size() || fill_missing(columns, row);
}

bool JsonRow::fields(std::vector<std::unique_ptr<Column>>& columns, Shape& shape, std::int64_t row, int depth,
                     std::size_t& seen) {
  std::size_t expected = 0;
  while (true) {
    int index;
    if (!key(shape, expected, index)) return false;
    if (index < 0) [[unlikely]] {
      ++unknown_;
      if (!cursor_.skip_value(depth + 1)) return false;
    } else {
      Column& column = *columns[static_cast<std::size_t>(index)];
      if (column.length() != row) [[unlikely]] {
        reason_ = "the key '" + column.path() + "' comes twice";
        return false;
      }
      if (!value(column, shape.children[static_cast<std::size_t>(index)].get(), depth + 1)) return false;
      ++seen;
    }
    if (!cursor_.is_at(',') && !cursor_.is_at('}')) cursor_.skip_space();
    if (cursor_.is_at('}')) return ++cursor_.at, true;
    if (!cursor_.is_at(',')) return cursor_.fail("expected ',' or '}'");
    ++cursor_.at;
  }
}

bool JsonRow::fill_missing(std::vector<std::unique_ptr<Column>>& columns, std::int64_t row) {
  for (auto& column : columns) {
    if (column->length() == row && !null(*column)) return false;
  }
  return true;
}

bool JsonRow::null(Column& column) {
  if (!column.field().nullable) {
    reason_ = "column '" + column.path() + "' has no value, and is declared as not nullable";
    return false;
  }
  column.append_null();
  return true;
}

/// 64 bytes behind the line are readable, and a spelling has no line feed in it, so that no match reaches beyond a
/// line.
JsonRow::Slot::Slot(std::string text, int column) : column(column), spelling(std::move(text)) {
  char padded[8] = {};
  std::memcpy(padded, spelling.data(), std::min<std::size_t>(spelling.size(), 8));
  std::memcpy(&head, padded, 8);
  size = static_cast<std::uint32_t>(spelling.size());
  mask = size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (size * 8)) - 1;
  tail_at = 0;
  tail = head;
  if (size > 8) {
    tail_at = std::min<std::uint32_t>(size, 16) - 8;
    std::memcpy(&tail, spelling.data() + tail_at, 8);
  }
}

/// From the start of a key to its value. `expected` is the slot to be compared first; a key may be left out now and
/// then, so the two after it are tried as well.
inline bool JsonRow::key(Shape& shape, std::size_t& expected, int& column) {
  if (cursor_.is_at(' ')) ++cursor_.at;
  std::size_t last = std::min(expected + 3, shape.slots.size());
  for (std::size_t i = expected; i < last; ++i) {
    const Slot& slot = shape.slots[i];
    if (!slot.matches(cursor_.at, cursor_.end)) continue;
    cursor_.at += slot.size;
    expected = i + 1;
    column = slot.column;
    if (cursor_.is_at(' ')) [[unlikely]] cursor_.skip_space();
    return true;
  }
  return new_key(shape, expected, column);
}

bool JsonRow::new_key(Shape& shape, std::size_t& expected, int& column) {
  cursor_.skip_space();
  const char* start = cursor_.at;
  std::string_view inside;
  bool has_escapes;
  if (!cursor_.is_at('"')) return cursor_.fail("expected a key in quotes");
  if (!cursor_.skip_string(inside, has_escapes)) return false;
  const char* behind = cursor_.at;
  cursor_.skip_space();
  if (!cursor_.is_at(':')) return cursor_.fail("expected ':' after a key");
  ++cursor_.at;
  cursor_.skip_space();
  std::string spelling(start, static_cast<std::size_t>(cursor_.at - start));
  auto known = shape.by_spelling.find(spelling);
  if (known != shape.by_spelling.end()) {
    expected = known->second + 1;
    column = shape.slots[known->second].column;
    return true;
  }
  std::string name;
  if (!unescape(inside, name)) return cursor_.at = behind, cursor_.fail("the key has an escape that is none");
  auto found = shape.by_name.find(name);
  column = found == shape.by_name.end() ? -1 : found->second;
  if (column < 0 && rejects_unknown_) {
    reason_ = "the key '" + shorten(name) + "' is not a column";
    return false;
  }
  if (shape.slots.size() < most_slots && spelling.size() < longest_spelling) {
    shape.by_spelling.emplace(spelling, shape.slots.size());
    shape.slots.emplace_back(std::move(spelling), column);
    expected = shape.slots.size();
  }
  return true;
}

bool JsonRow::value(Column& column, Shape* shape, int depth) {
  if (cursor_.at >= cursor_.end) return cursor_.fail("the line ends too early");
  char first = *cursor_.at;
  if (first == '"') {
    return column.kind() == Kind::string ? string_value(column) : text_value(column);
  }
  if (first == '-' || is_digit(first)) {
    switch (column.kind()) {
      case Kind::int64:
        return integer_value(column);
      case Kind::float64:
        return double_value(column);
      default:
        return any_text(column);
    }
  }
  if (first == '{' || first == '[') return nested_value(column, shape, depth);
  return word_value(column);
}

bool JsonRow::does_not_fit(Column& column, const char* start) {
  std::string_view text(start, static_cast<std::size_t>(cursor_.at - start));
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  reason_ = misfit(column.path(), text, column.field().type);
  return false;
}

/// A number, or anything else whose text as it stands is what the column wants.
bool JsonRow::any_text(Column& column) {
  const char* start = cursor_.at;
  if (!cursor_.skip_value()) return false;
  Kind kind = column.kind();
  std::string_view text(start, static_cast<std::size_t>(cursor_.at - start));
  bool can_be_number = kind != Kind::uuid && kind != Kind::binary && kind != Kind::date && kind != Kind::boolean;
  if (can_be_number && append_text(column, text)) return true;
  return does_not_fit(column, start);
}

bool JsonRow::text_value(Column& column) {
  const char* start = cursor_.at;
  std::string_view inside;
  bool has_escapes;
  if (!cursor_.skip_string(inside, has_escapes)) return false;
  if (has_escapes) {
    scratch_.clear();
    if (!unescape(inside, scratch_)) return cursor_.at = start, cursor_.fail("the string has an escape that is none");
    inside = scratch_;
  }
  return append_text(column, inside) || does_not_fit(column, start);
}

bool JsonRow::string_value(Column& column) {
  constexpr std::size_t step = 1024;
  const char* opening = cursor_.at;
  const char* at = opening + 1;
  char* start = column.begin_bytes(step + 16);
  std::size_t count = 0, room = step;
  while (at < cursor_.end) {
    std::memcpy(start + count, at, 16);
    unsigned plain = plain_prefix(at);
    at += plain;
    count += plain;
    if (plain == 16) [[likely]] {
      if (count >= room) {
        room = count * 2;
        start = column.begin_bytes(room + 16);
      }
      continue;
    }
    if (at >= cursor_.end) break;
    if (*at == '"') [[likely]] {
      cursor_.at = at + 1;
      column.end_bytes(count);
      return true;
    }
    return text_value(column);  // with an escape, or wrong
  }
  return text_value(column);
}

bool JsonRow::integer_value(Column& column) {
  const char* start = cursor_.at;
  const char* at = start;
  bool negative = *at == '-';
  at += negative;
  std::uint64_t number = 0;
  const char* digits = at;
  while (is_digit(*at)) number = number * 10 + static_cast<std::uint64_t>(*at++ - '0');
  std::ptrdiff_t count = at - digits;
  bool is_simple = count > 0 && count < 19 && (*digits != '0' || count == 1) && at <= cursor_.end;
  if (!is_simple || *at == '.' || (*at | 0x20) == 'e') return any_text(column);
  cursor_.at = at;
  auto value = static_cast<std::int64_t>(number);
  column.append(negative ? -value : value);
  return true;
}

/// Up to 15 digits and a power of ten of up to 22 are exact in a double, and so is their product or quotient (Clinger,
/// 1990). The rest is left to the standard library.
bool JsonRow::double_value(Column& column) {
  const char* at = cursor_.at;
  bool negative = *at == '-';
  at += negative;
  std::uint64_t number = 0;
  const char* digits = at;
  while (is_digit(*at)) number = number * 10 + static_cast<std::uint64_t>(*at++ - '0');
  std::ptrdiff_t whole = at - digits, fraction = 0;
  if (whole == 0 || (*digits == '0' && whole > 1)) return any_text(column);
  if (*at == '.') {
    const char* point = at++;
    while (is_digit(*at)) number = number * 10 + static_cast<std::uint64_t>(*at++ - '0');
    fraction = at - point - 1;
    if (fraction == 0) return any_text(column);
  }
  if (whole + fraction > 15 || (*at | 0x20) == 'e' || at > cursor_.end) return any_text(column);
  cursor_.at = at;
  double value = static_cast<double>(number) / powers_of_ten[static_cast<std::size_t>(fraction)];
  column.append(negative ? -value : value);
  return true;
}

bool JsonRow::word_value(Column& column) {
  const char* start = cursor_.at;
  if (*start == 'n') return cursor_.skip_word("null") && null(column);
  if (column.kind() != Kind::boolean) return any_text(column);
  if (*start != 't' && *start != 'f') return cursor_.fail("expected a value");
  bool is_true = *start == 't';
  if (!cursor_.skip_word(is_true ? "true" : "false")) return false;
  column.append_bool(is_true);
  return true;
}

bool JsonRow::nested_value(Column& column, Shape* shape, int depth) {
  const char* start = cursor_.at;
  if (column.kind() == Kind::list && *start == '[') return list_value(column, shape, depth);
  if (column.kind() == Kind::structure && *start == '{') {
    std::int64_t row = column.length();
    if (!object(column.children(), *shape, row, depth)) return false;
    column.end_structure();
    return true;
  }
  if (column.kind() == Kind::string) return any_text(column);
  return cursor_.skip_value() && does_not_fit(column, start);
}

bool JsonRow::list_value(Column& column, Shape* shape, int depth) {
  if (depth > JsonCursor::deepest) return cursor_.fail("nested too deep");
  Column& element = *column.children().front();
  ++cursor_.at;
  cursor_.skip_space();
  if (cursor_.is_at(']')) return ++cursor_.at, column.end_list(), true;
  while (true) {
    cursor_.skip_space();
    if (!value(element, shape, depth + 1)) return false;
    cursor_.skip_space();
    if (cursor_.is_at(']')) return ++cursor_.at, column.end_list(), true;
    if (!cursor_.is_at(',')) return cursor_.fail("expected ',' or ']'");
    ++cursor_.at;
  }
}

}  // namespace headrace::file
