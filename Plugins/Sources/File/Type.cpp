#include "Type.hpp"

#include <headrace/plugin.hpp>

#include <array>
#include <cctype>
#include <set>

namespace headrace::file {

namespace {

struct Name {
  const char* name;
  Kind kind;
  const char* format;  // Arrow's
};

constexpr std::array<Name, 12> scalars{{
    {"boolean", Kind::boolean, "b"},
    {"int", Kind::int32, "i"},
    {"long", Kind::int64, "l"},
    {"float", Kind::float32, "f"},
    {"double", Kind::float64, "g"},
    {"date", Kind::date, "tdD"},
    {"time", Kind::time, "ttu"},
    {"timestamp", Kind::timestamp, "tsu:"},
    {"timestamptz", Kind::timestamptz, "tsu:UTC"},
    {"string", Kind::string, "u"},
    {"uuid", Kind::uuid, "w:16"},
    {"binary", Kind::binary, "z"},
}};

/// A recursive descent over `list<struct<a: long, b: decimal(9, 2)>>`.
class TypeParser {
 public:
  TypeParser(std::string_view text, std::string_view column) : text_(text), column_(column) {}

  Type all() {
    Type type = one(0);
    space();
    if (at_ != text_.size()) fail();
    return type;
  }

 private:
  std::string_view text_;
  std::string_view column_;
  std::size_t at_ = 0;

  [[noreturn]] void fail() const {
    throw Error(HEADRACE_INVALID_CONFIG,
                  "column '" + std::string(column_) + "': '" + std::string(text_) +
                      "' is not a type; write one of boolean, int, long, float, double, decimal(P, S), date, time, "
                      "timestamp, timestamptz, string, uuid, binary, list<T>, struct<name: T, ...>");
  }

  void space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool take(char c) {
    space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void need(char c) {
    if (!take(c)) fail();
  }

  std::string word() {
    space();
    std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_' ||
                                  (static_cast<unsigned char>(text_[at_]) & 0x80))) {
      ++at_;
    }
    if (at_ == start) fail();
    return std::string(text_.substr(start, at_ - start));
  }

  int number(int least, int most) {
    std::string digits = word();
    if (digits.size() > 2 || digits.find_first_not_of("0123456789") != std::string::npos) fail();
    int value = std::stoi(digits);
    if (value < least || value > most) fail();
    return value;
  }

  Type one(int depth) {
    if (depth > 16) fail();
    std::string name = word();
    if (name == "decimal") return decimal();
    if (name == "list") return list(depth);
    if (name == "struct") return structure(depth);
    for (const Name& known : scalars) {
      if (name == known.name) return Type{known.kind, 0, 0, {}};
    }
    fail();
  }

  Type decimal() {
    Type type{Kind::decimal, 0, 0, {}};
    need('(');
    type.precision = number(1, 38);
    need(',');
    type.scale = number(0, type.precision);
    need(')');
    return type;
  }

  Type list(int depth) {
    Type type{Kind::list, 0, 0, {}};
    need('<');
    type.children.push_back(Field{"element", one(depth + 1), true, false});
    need('>');
    return type;
  }

  Type structure(int depth) {
    Type type{Kind::structure, 0, 0, {}};
    std::set<std::string> names;
    need('<');
    do {
      std::string name = word();
      if (!names.insert(name).second) fail();
      need(':');
      type.children.push_back(Field{name, one(depth + 1), true, false});
    } while (take(','));
    need('>');
    return type;
  }
};

std::string arrow_format(const Type& type) {
  switch (type.kind) {
    case Kind::decimal:
      return "d:" + std::to_string(type.precision) + "," + std::to_string(type.scale);
    case Kind::list:
      return "+l";
    case Kind::structure:
      return "+s";
    default:
      for (const Name& known : scalars) {
        if (known.kind == type.kind) return known.format;
      }
      return "u";
  }
}

headrace::Field arrow_field(const std::string& name, const Type& type, bool nullable) {
  headrace::Field out{name, arrow_format(type), nullable, {}, {}};
  if (type.kind == Kind::uuid) out.metadata.emplace_back("ARROW:extension:name", "arrow.uuid");
  for (const Field& child : type.children) out.children.push_back(arrow_field(child.name, child.type, child.nullable));
  return out;
}

}  // namespace

std::string Type::name() const {
  switch (kind) {
    case Kind::decimal:
      return "decimal(" + std::to_string(precision) + ", " + std::to_string(scale) + ")";
    case Kind::list:
      return "list<" + children.front().type.name() + ">";
    case Kind::structure: {
      std::string out = "struct<";
      for (const Field& child : children) {
        out += (out.size() > 7 ? ", " : "") + child.name + ": " + child.type.name();
      }
      return out + ">";
    }
    default:
      for (const Name& known : scalars) {
        if (known.kind == kind) return known.name;
      }
      return "string";
  }
}

Type parse_type(std::string_view text, std::string_view column) { return TypeParser(text, column).all(); }

void export_schema(const Schema& schema, ArrowSchema* out) {
  headrace::export_schema(arrow_field("", Type{Kind::structure, 0, 0, schema}, false), out);
}

}  // namespace headrace::file
