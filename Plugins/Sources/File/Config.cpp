#include "Config.hpp"

#include <headrace/plugin.hpp>

#include <algorithm>
#include <simdjson.h>

namespace headrace::file {

namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

[[noreturn]] void fail(const std::string& what) { throw Error(HEADRACE_INVALID_CONFIG, what); }

std::string text(element value, const char* name) {
  std::string_view out;
  if (value.get(out) != simdjson::SUCCESS) fail(std::string("'") + name + "' must be text");
  return std::string(out);
}

bool flag(element value, const char* name) {
  bool out;
  if (value.get(out) != simdjson::SUCCESS) fail(std::string("'") + name + "' must be true or false");
  return out;
}

std::int64_t number(element value, const char* name, std::int64_t least, std::int64_t most) {
  std::int64_t out;
  if (value.get(out) != simdjson::SUCCESS || out < least || out > most) {
    fail(std::string("'") + name + "' must be a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return out;
}

std::vector<std::string> texts(element value, const char* name) {
  array items;
  if (value.get(items) != simdjson::SUCCESS) return {text(value, name)};
  std::vector<std::string> out;
  for (element item : items) out.push_back(text(item, name));
  return out;
}

char character(element value, const char* name) {
  std::string out = text(value, name);
  if (out == "\\t" || out == "tab") return '\t';
  bool fits = out.size() == 1 && static_cast<unsigned char>(out[0]) < 0x80 && out[0] != '\n' && out[0] != '\r';
  if (!fits) fail(std::string("'") + name + "' must be one ASCII character, not a line break");
  return out[0];
}

Schema parse_schema(element value);

/// A type as text, or as `{type: list, element: T}` and `{type: struct, fields: ...}`.
Type type_of(element value, const std::string& column) {
  object parts;
  if (value.get(parts) != simdjson::SUCCESS) return parse_type(text(value, "type"), column);
  element kind, inner;
  if (parts["type"].get(kind) != simdjson::SUCCESS) fail("column '" + column + "' has no 'type'");
  std::string name;
  if (kind.is_string()) name = text(kind, "type");
  if (name == "list" && parts["element"].get(inner) == simdjson::SUCCESS) {
    return Type{Kind::list, 0, 0, {Field{"element", type_of(inner, column), true, false}}};
  }
  if (name == "struct" && parts["fields"].get(inner) == simdjson::SUCCESS) {
    return Type{Kind::structure, 0, 0, parse_schema(inner)};
  }
  return type_of(kind, column);
}

Field field_of(const std::string& name, element value) {
  if (name.empty()) fail("a column's name must not be empty");
  Field field{name, type_of(value, name), true, false};
  object parts;
  element is;
  if (value.get(parts) != simdjson::SUCCESS) return field;
  if (parts["nullable"].get(is) == simdjson::SUCCESS) field.nullable = flag(is, "nullable");
  return field;
}

Schema parse_schema(element value) {
  Schema out;
  object by_name;
  array list;
  if (value.get(by_name) == simdjson::SUCCESS) {
    for (auto [name, type] : by_name) out.push_back(field_of(std::string(name), type));
  } else if (value.get(list) == simdjson::SUCCESS) {
    for (element item : list) {
      element name;
      if (item["name"].get(name) != simdjson::SUCCESS) fail("a column in 'schema' has no 'name'");
      out.push_back(field_of(text(name, "name"), item));
    }
  } else {
    fail("'schema' must be a mapping of names to types, or a list of columns");
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (out[i].name == out[j].name) fail("column '" + out[i].name + "' is declared twice");
    }
  }
  return out;
}

void parse_inference(object parts, Config& out) {
  for (auto [key, value] : parts) {
    if (key == "rows") out.inference_rows = number(value, "inference.rows", 1, 10'000'000);
    if (key == "types") {
      object types;
      if (value.get(types) != simdjson::SUCCESS) fail("'inference.types' must be a mapping of names to types");
      for (auto [name, type] : types) out.inference_types[std::string(name)] = type_of(type, std::string(name));
    }
  }
}

void parse_csv(object parts, CsvOptions& out) {
  for (auto [key, value] : parts) {
    if (key == "delimiter") out.delimiter = character(value, "csv.delimiter");
    if (key == "quote") out.quote = text(value, "csv.quote").empty() ? '\0' : character(value, "csv.quote");
    if (key == "header") out.header = flag(value, "csv.header");
    if (key == "multiline") out.multiline = flag(value, "csv.multiline");
    if (key == "null_values") out.null_values = texts(value, "csv.null_values");
    if (key == "encoding") {
      std::string name = text(value, "csv.encoding");
      if (name != "utf-8" && name != "iso-8859-1") fail("'csv.encoding' must be utf-8 or iso-8859-1");
      out.latin1 = name == "iso-8859-1";
    }
  }
  if ((out.delimiter == 0 ? ',' : out.delimiter) == out.quote) fail("'csv.delimiter' and 'csv.quote' must differ");
}

void parse_member(std::string_view key, element value, Config& out) {
  if (key == "path") out.paths = texts(value, "path");
  if (key == "base_directory") out.base_directory = text(value, "base_directory");
  if (key == "stream") out.stream = text(value, "stream");
  if (key == "schema") out.schema = parse_schema(value);
  if (key == "max_record_bytes") {
    out.max_record_bytes = static_cast<std::uint64_t>(number(value, "max_record_bytes", 1024, std::int64_t{1} << 28));
  }
  if (key == "format" && text(value, "format") != "auto") {
    std::string name = text(value, "format");
    if (name != "csv" && name != "jsonl") fail("'format' must be csv, jsonl or auto");
    out.format = name == "csv" ? Format::csv : Format::jsonl;
  }
  if (key == "compression") {
    std::string name = text(value, "compression");
    if (name != "auto" && name != "none" && name != "gzip") fail("'compression' must be auto, none or gzip");
    out.detects_compression = name == "auto";
    out.is_gzip = name == "gzip";
  }
  if (key == "unknown_fields") out.rejects_unknown_fields = text(value, "unknown_fields") == "reject";
  if (key == "missing_columns") out.fails_on_missing_columns = text(value, "missing_columns") == "fail";
  object parts;
  if (value.get(parts) != simdjson::SUCCESS) return;
  if (key == "inference") parse_inference(parts, out);
  if (key == "csv") parse_csv(parts, out.csv);
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

std::string encode_schema(const Schema& schema);

std::string encode_type(const Type& type) {
  if (type.kind == Kind::list) {
    return R"({"type":"list","element":)" + encode_type(type.children.front().type) + "}";
  }
  if (type.kind == Kind::structure) return R"({"type":"struct","fields":)" + encode_schema(type.children) + "}";
  return json_text(type.name());
}

std::string encode_schema(const Schema& schema) {
  std::string out = "[";
  for (const Field& field : schema) {
    if (out.size() > 1) out += ",";
    out += R"({"name":)" + json_text(field.name) + R"(,"type":)" + encode_type(field.type);
    out += std::string(R"(,"nullable":)") + (field.nullable ? "true" : "false") + "}";
  }
  return out + "]";
}

void mark_inferred(Schema& schema) {
  for (Field& field : schema) {
    field.inferred = true;
    mark_inferred(field.type.children);
  }
}

}  // namespace

Config parse_config(std::string_view json) {
  simdjson::dom::parser parser;
  object members;
  if (parser.parse(simdjson::padded_string(json)).get(members) != simdjson::SUCCESS) {
    fail("the configuration is not a JSON object");
  }
  Config out;
  for (auto [key, value] : members) parse_member(key, value, out);
  if (out.paths.empty()) fail("'path' is missing: name a file, or a pattern such as 'data/*.csv'");
  for (const std::string& path : out.paths) {
    if (path.empty() || path.find('\0') != std::string::npos) fail("'path' must not be empty");
  }
  if (out.stream.empty()) out.stream = stream_name(out.paths.front());
  return out;
}

std::string encode(const Piece& piece) {
  bool is_inferred = !piece.schema.empty() && piece.schema.front().inferred;
  return R"({"path":)" + json_text(piece.path) + R"(,"start":)" + std::to_string(piece.start) + R"(,"end":)" +
         std::to_string(piece.end) + R"(,"inferred":)" + (is_inferred ? "true" : "false") + R"(,"schema":)" +
         encode_schema(piece.schema) + "}";
}

Piece decode_piece(std::string_view token) {
  simdjson::dom::parser parser;
  object members;
  if (parser.parse(simdjson::padded_string(token)).get(members) != simdjson::SUCCESS) {
    fail("the split's token is not one of this plugin");
  }
  Piece out;
  bool is_inferred = false;
  for (auto [key, value] : members) {
    if (key == "path") out.path = text(value, "path");
    if (key == "start") out.start = static_cast<std::uint64_t>(number(value, "start", 0, INT64_MAX));
    if (key == "end") out.end = static_cast<std::uint64_t>(number(value, "end", 0, INT64_MAX));
    if (key == "schema") out.schema = parse_schema(value);
    if (key == "inferred") is_inferred = flag(value, "inferred");
  }
  if (is_inferred) mark_inferred(out.schema);
  if (out.path.empty()) fail("the split's token names no file");
  return out;
}

namespace {

std::string_view without_suffix(std::string_view name, std::string_view suffix) {
  if (name.size() > suffix.size() && name.substr(name.size() - suffix.size()) == suffix) {
    name.remove_suffix(suffix.size());
  }
  return name;
}

}  // namespace

Format format_of(const std::string& path) {
  std::string_view name = without_suffix(path, ".gz");
  std::size_t dot = name.rfind('.');
  std::string_view suffix = dot == std::string_view::npos ? "" : name.substr(dot + 1);
  if (suffix == "csv" || suffix == "tsv") return Format::csv;
  if (suffix == "jsonl" || suffix == "ndjson" || suffix == "json") return Format::jsonl;
  fail("cannot tell the format of '" + path + "' from its name; set 'format' to csv or jsonl");
}

std::string stream_name(const std::string& path) {
  std::string_view rest = path;
  while (!rest.empty()) {
    std::size_t slash = rest.rfind('/');
    std::string_view name = slash == std::string_view::npos ? rest : rest.substr(slash + 1);
    name = without_suffix(name, ".gz");
    for (const char* suffix : {".csv", ".tsv", ".jsonl", ".ndjson", ".json"}) name = without_suffix(name, suffix);
    std::string out;
    bool in_brackets = false;
    for (char c : name) {
      in_brackets = in_brackets ? c != ']' : c == '[';
      if (in_brackets || c == ']' || c == '*' || c == '?') continue;
      bool is_separator = c == '.' || c == ' ' || c == '-' || c == '_';
      if (is_separator && (out.empty() || out.back() == '_' || out.back() == '-')) continue;
      out.push_back(c == '.' || c == ' ' ? '_' : c);
    }
    while (!out.empty() && (out.back() == '_' || out.back() == '-')) out.pop_back();
    if (!out.empty()) return out;
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(0, slash);
  }
  return "files";
}

}  // namespace headrace::file
