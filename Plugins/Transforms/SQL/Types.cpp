#include "Types.hpp"

#include <charconv>
#include <map>

namespace sql {
namespace {

struct Scalar {
  Kind kind;
  TypeId id;
  const char* sql;
};

/// Arrow's formats that stand for one type each.
const std::map<std::string_view, Scalar>& scalars() {
  static const std::map<std::string_view, Scalar> table = {
      {"b", {Kind::boolean, TypeId::boolean, "BOOLEAN"}},
      {"c", {Kind::int8, TypeId::tinyint, "TINYINT"}},
      {"s", {Kind::int16, TypeId::smallint, "SMALLINT"}},
      {"i", {Kind::int32, TypeId::integer, "INTEGER"}},
      {"l", {Kind::int64, TypeId::bigint, "BIGINT"}},
      {"C", {Kind::uint8, TypeId::utinyint, "UTINYINT"}},
      {"S", {Kind::uint16, TypeId::usmallint, "USMALLINT"}},
      {"I", {Kind::uint32, TypeId::uinteger, "UINTEGER"}},
      {"L", {Kind::uint64, TypeId::ubigint, "UBIGINT"}},
      {"f", {Kind::real, TypeId::real, "FLOAT"}},
      {"g", {Kind::double_precision, TypeId::double_precision, "DOUBLE"}},
      {"u", {Kind::text, TypeId::varchar, "VARCHAR"}},
      {"U", {Kind::large_text, TypeId::varchar, "VARCHAR"}},
      {"z", {Kind::binary, TypeId::blob, "BLOB"}},
      {"Z", {Kind::large_binary, TypeId::blob, "BLOB"}},
      {"tdD", {Kind::date, TypeId::date, "DATE"}},
      {"ttu", {Kind::time, TypeId::time, "TIME"}},
      {"tss:", {Kind::timestamp_s, TypeId::timestamp_s, "TIMESTAMP_S"}},
      {"tsm:", {Kind::timestamp_ms, TypeId::timestamp_ms, "TIMESTAMP_MS"}},
      {"tsu:", {Kind::timestamp, TypeId::timestamp, "TIMESTAMP"}},
      {"tsn:", {Kind::timestamp_ns, TypeId::timestamp_ns, "TIMESTAMP_NS"}},
  };
  return table;
}

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

/// The comma-separated numbers after the colon of a format: `d:12,2`.
std::vector<int> numbers(std::string_view format) {
  std::vector<int> out;
  const char* position = format.data() + format.find(':') + 1;
  const char* end = format.data() + format.size();
  while (position < end) {
    int value = 0;
    const auto parsed = std::from_chars(position, end, value);
    if (parsed.ec != std::errc()) break;
    out.push_back(value);
    position = parsed.ptr + 1;
  }
  return out;
}

/// Sets kind and width of a format with parameters; false if it is none that is known.
bool parse_parametric(const headrace::Field& field, InputType* type) {
  const std::string& format = field.format;
  if (starts_with(format, "d:")) {
    const auto values = numbers(format);
    const bool is_128 = values.size() == 2 || (values.size() == 3 && values[2] == 128);
    if (!is_128 || values[0] < 1 || values[0] > 38 || values[1] < 0 || values[1] > values[0]) return false;
    type->kind = Kind::decimal;
    type->width = values[0];
    type->scale = values[1];
    return true;
  }
  if (starts_with(format, "w:")) {
    const auto values = numbers(format);
    if (values.size() != 1) return false;
    type->width = values[0];
    const bool is_uuid = values[0] == 16 && field.metadata_value(kExtensionName) == "arrow.uuid";
    type->kind = is_uuid ? Kind::uuid : Kind::fixed_binary;
    return true;
  }
  if (starts_with(format, "tsu:")) {
    type->kind = Kind::timestamp_tz;  // without a zone it is in the table
    return true;
  }
  return false;
}

bool parse_nested(const headrace::Field& field, InputType* type) {
  if (field.format == "+l") type->kind = Kind::list;
  else if (field.format == "+L") type->kind = Kind::large_list;
  else if (field.format == "+s") type->kind = Kind::structure;
  else if (field.format == "+m") type->kind = Kind::map;
  else return false;
  for (const auto& child : field.children) type->children.push_back(InputType::of(child));
  return true;
}

const Scalar* scalar_of(Kind kind) {
  for (const auto& entry : scalars()) {
    if (entry.second.kind == kind) return &entry.second;
  }
  return nullptr;
}

}  // namespace

InputType InputType::of(const headrace::Field& field) {
  InputType type;
  type.name = field.name;
  const auto found = scalars().find(field.format);
  if (found != scalars().end()) {
    type.kind = found->second.kind;
    return type;
  }
  if (parse_parametric(field, &type) || parse_nested(field, &type)) return type;
  throw headrace::Error(HEADRACE_UNSUPPORTED, "column '" + field.name + "': DuckDB cannot be given the Arrow format '" +
                                                  field.format + "'");
}

Owned<TypeHandle> InputType::make(const DuckDB& duckdb) const {
  const auto own = [&](TypeHandle handle) { return Owned<TypeHandle>(duckdb.destroy_logical_type, handle); };
  if (const Scalar* scalar = scalar_of(kind)) return own(duckdb.create_logical_type(scalar->id));
  std::vector<Owned<TypeHandle>> owned;
  std::vector<TypeHandle> handles;
  std::vector<const char*> names;
  for (const auto& child : children) {
    owned.push_back(child.make(duckdb));
    handles.push_back(owned.back().get());
    names.push_back(child.name.c_str());
  }
  switch (kind) {
    case Kind::decimal:
      return own(duckdb.create_decimal_type(static_cast<uint8_t>(width), static_cast<uint8_t>(scale)));
    case Kind::uuid:
      return own(duckdb.create_logical_type(TypeId::uuid));
    case Kind::fixed_binary:
      return own(duckdb.create_logical_type(TypeId::blob));
    case Kind::timestamp_tz:
      return own(duckdb.create_logical_type(TypeId::timestamp_tz));
    case Kind::structure:
      return own(duckdb.create_struct_type(handles.data(), names.data(), handles.size()));
    case Kind::map: {
      const auto& entry = children.at(0).children;
      const auto key = entry.at(0).make(duckdb);
      return own(duckdb.create_map_type(key.get(), entry.at(1).make(duckdb).get()));
    }
    default:
      return own(duckdb.create_list_type(handles.at(0)));
  }
}

std::string InputType::sql() const {
  if (const Scalar* scalar = scalar_of(kind)) return scalar->sql;
  switch (kind) {
    case Kind::decimal:
      return "DECIMAL(" + std::to_string(width) + "," + std::to_string(scale) + ")";
    case Kind::uuid:
      return "UUID";
    case Kind::fixed_binary:
      return "BLOB";
    case Kind::timestamp_tz:
      return "TIMESTAMP WITH TIME ZONE";
    case Kind::structure: {
      std::string fields;
      for (const auto& child : children) {
        fields += (fields.empty() ? "" : ", ") + quoted_name(child.name) + " " + child.sql();
      }
      return "STRUCT(" + fields + ")";
    }
    case Kind::map:
      return "MAP(" + children.at(0).children.at(0).sql() + ", " + children.at(0).children.at(1).sql() + ")";
    default:
      return children.at(0).sql() + "[]";
  }
}

namespace {

headrace::Field nested_output(const DuckDB& duckdb, const std::string& name, TypeHandle type, TypeId id) {
  const auto own = [&](TypeHandle handle) { return Owned<TypeHandle>(duckdb.destroy_logical_type, handle); };
  headrace::Field field{name, "+l", true, {}, {}};
  if (id == TypeId::list) {
    field.children.push_back(output_field(duckdb, "element", own(duckdb.list_type_child_type(type)).get()));
  } else if (id == TypeId::array) {
    field.children.push_back(output_field(duckdb, "element", own(duckdb.array_type_child_type(type)).get()));
  } else if (id == TypeId::map) {
    field.format = "+m";
    headrace::Field entries{"entries", "+s", false, {}, {}};
    entries.children.push_back(output_field(duckdb, "key", own(duckdb.map_type_key_type(type)).get()));
    entries.children.push_back(output_field(duckdb, "value", own(duckdb.map_type_value_type(type)).get()));
    entries.children[0].is_nullable = false;
    field.children.push_back(std::move(entries));
  } else {
    field.format = "+s";
    for (Index i = 0; i < duckdb.struct_type_child_count(type); ++i) {
      const std::string child = take_text(duckdb, duckdb.struct_type_child_name(type, i));
      field.children.push_back(output_field(duckdb, child, own(duckdb.struct_type_child_type(type, i)).get()));
    }
  }
  return field;
}

}  // namespace

headrace::Field output_field(const DuckDB& duckdb, const std::string& name, TypeHandle type) {
  headrace::Field field{name, "", true, {}, {}};
  const TypeId id = duckdb.get_type_id(type);
  switch (id) {
    case TypeId::list:
    case TypeId::array:
    case TypeId::map:
    case TypeId::structure:
      return nested_output(duckdb, name, type, id);
    case TypeId::decimal:
      field.format = "d:" + std::to_string(duckdb.decimal_width(type)) + "," +
                     std::to_string(duckdb.decimal_scale(type));
      return field;
    case TypeId::hugeint:
      field.format = "d:38,0";
      return field;
    case TypeId::uuid:
      field.format = "w:16";
      field.metadata = {{std::string(kExtensionName), "arrow.uuid"}};
      return field;
    case TypeId::enumeration:
      field.format = "u";
      return field;
    case TypeId::timestamp_s:
    case TypeId::timestamp_ms:
      field.format = "tsu:";
      return field;
    case TypeId::timestamp_tz:
      field.format = "tsu:UTC";
      return field;
    default:
      break;
  }
  for (const auto& [format, scalar] : scalars()) {
    if (scalar.id != id || id == TypeId::timestamp_ns || starts_with(format, "U") || starts_with(format, "Z")) continue;
    field.format = format;
    return field;
  }
  const char* hint = id == TypeId::null ? "NULL has no type; write CAST(NULL AS ...)"
                                        : "its type cannot be stored; cast it to another, such as VARCHAR or TIMESTAMP";
  throw headrace::Error(HEADRACE_INVALID_CONFIG, "column '" + name + "' of the query: " + hint);
}

}  // namespace sql
