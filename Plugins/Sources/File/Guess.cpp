#include "Guess.hpp"

#include "Values.hpp"

namespace headrace::file {

void Guess::merge(Kind kind) {
  auto are = [&](Kind left, Kind right) {
    return (kind_ == left && kind == right) || (kind_ == right && kind == left);
  };
  if (kind_ == kind || kind == Kind::nothing) return;
  if (kind_ == Kind::nothing) {
    kind_ = kind;
  } else if (are(Kind::integer, Kind::real)) {
    kind_ = Kind::real;
  } else if (are(Kind::date, Kind::timestamptz)) {
    kind_ = Kind::timestamptz;
  } else {
    kind_ = Kind::text;
  }
}

namespace {

Guess::Kind kind_of_time(std::string_view text) {
  Zone zone;
  if (parse_date(text)) return Guess::Kind::date;
  if (text.size() >= 16 && parse_timestamp(text, &zone)) return Guess::Kind::timestamptz;
  return Guess::Kind::text;
}

}  // namespace

void Guess::observe_text(std::string_view text) {
  if (kind_ == Kind::text) return;
  if (parse_integer(text, true)) return merge(Kind::integer);
  // What consists of digits only and is no integer is too long for one: a double would lose digits.
  bool has_only_digits = text.find_first_not_of("-0123456789") == std::string_view::npos;
  if (!has_only_digits && parse_double(text, true)) return merge(Kind::real);
  if (parse_boolean(text)) return merge(Kind::boolean);
  merge(kind_of_time(text));
}

bool Guess::observe_json(JsonCursor& cursor, int depth) {
  cursor.skip_space();
  if (cursor.at >= cursor.end) return cursor.fail("the line ends too early");
  if (depth > JsonCursor::deepest) return cursor.fail("nested too deep");
  switch (*cursor.at) {
    case '"':
      return observe_string(cursor);
    case '{':
      return observe_object(cursor, depth);
    case '[':
      return observe_array(cursor, depth);
    case 'n':
      return cursor.skip_word("null");
    case 't':
      return merge(Kind::boolean), cursor.skip_word("true");
    case 'f':
      return merge(Kind::boolean), cursor.skip_word("false");
    default:
      return observe_number(cursor);
  }
}

bool Guess::observe_number(JsonCursor& cursor) {
  const char* start = cursor.at;
  bool is_integer;
  if (!cursor.skip_number(is_integer)) return false;
  std::string_view text(start, static_cast<std::size_t>(cursor.at - start));
  bool fits = is_integer ? parse_integer(text, true).has_value() : parse_double(text, true).has_value();
  merge(!fits ? Kind::text : is_integer ? Kind::integer : Kind::real);
  return true;
}

bool Guess::observe_string(JsonCursor& cursor) {
  std::string_view inside;
  bool has_escapes;
  if (!cursor.skip_string(inside, has_escapes)) return false;
  if (kind_ != Kind::text) merge(has_escapes ? Kind::text : kind_of_time(inside));
  return true;
}

Guess* Guess::field(const std::string& name) {
  auto [place, is_new] = places_.try_emplace(name, fields_.size());
  if (!is_new) return fields_[place->second].second.get();
  if (fields_.size() >= most_fields_) {
    places_.erase(place);
    return nullptr;
  }
  fields_.emplace_back(name, std::make_unique<Guess>());
  return fields_.back().second.get();
}

bool Guess::observe_object(JsonCursor& cursor, int depth) {
  merge(Kind::structure);
  ++cursor.at;
  cursor.skip_space();
  if (cursor.is_at('}')) return ++cursor.at, true;
  while (true) {
    std::string_view key;
    bool has_escapes;
    cursor.skip_space();
    if (!cursor.skip_string(key, has_escapes)) return false;
    std::string name;
    if (!unescape(key, name)) return cursor.fail("the key has an escape that is none");
    cursor.skip_space();
    if (!cursor.is_at(':')) return cursor.fail("expected ':' after a key");
    ++cursor.at;
    Guess* guess = kind_ == Kind::structure && !name.empty() ? field(name) : nullptr;
    if (guess == nullptr && depth > 0 && !name.empty()) kind_ = Kind::text;
    if (!(guess != nullptr ? guess->observe_json(cursor, depth + 1) : cursor.skip_value(depth + 1))) return false;
    cursor.skip_space();
    if (cursor.is_at('}')) return ++cursor.at, true;
    if (!cursor.is_at(',')) return cursor.fail("expected ',' or '}'");
    ++cursor.at;
  }
}

bool Guess::observe_array(JsonCursor& cursor, int depth) {
  merge(Kind::list);
  if (!element_) element_ = std::make_unique<Guess>();
  ++cursor.at;
  cursor.skip_space();
  if (cursor.is_at(']')) return ++cursor.at, true;
  while (true) {
    if (!element_->observe_json(cursor, depth + 1)) return false;
    cursor.skip_space();
    if (cursor.is_at(']')) return ++cursor.at, true;
    if (!cursor.is_at(',')) return cursor.fail("expected ',' or ']'");
    ++cursor.at;
  }
}

Type Guess::type() const {
  using ColumnKind = headrace::file::Kind;
  switch (kind_) {
    case Kind::boolean:
      return Type{ColumnKind::boolean, 0, 0, {}};
    case Kind::integer:
      return Type{ColumnKind::int64, 0, 0, {}};
    case Kind::real:
      return Type{ColumnKind::float64, 0, 0, {}};
    case Kind::date:
      return Type{ColumnKind::date, 0, 0, {}};
    case Kind::timestamptz:
      return Type{ColumnKind::timestamptz, 0, 0, {}};
    case Kind::list:
      return Type{ColumnKind::list, 0, 0, {Field{"element", element_->type(), true, true}}};
    case Kind::structure: {
      Type out{ColumnKind::structure, 0, 0, {}};
      for (const auto& [name, guess] : fields_) out.children.push_back(Field{name, guess->type(), true, true});
      return out.children.empty() ? Type{} : out;  // no table has a structure without fields: text, then
    }
    case Kind::nothing:
    case Kind::text:
      return Type{};
  }
  return Type{};
}

}  // namespace headrace::file
