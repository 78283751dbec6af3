#include "Schema.hpp"

#include <set>

namespace parquet_format {
namespace {

using arrow::Type;
using FieldPointer = std::shared_ptr<arrow::Field>;
using TypePointer = std::shared_ptr<arrow::DataType>;

/// Walks a schema once, remembering the ids that it has met.
class Conversion {
 public:
  FieldPointer field(const arrow::Field& field, const std::string& parent) {
    const std::string path = parent.empty() ? field.name() : parent + "." + field.name();
    take_id(field, path);
    return field.WithType(type(field.type(), path));
  }

 private:
  TypePointer type(const TypePointer& type, const std::string& path) {
    switch (type->id()) {
      case Type::INT8:
      case Type::INT16:
      case Type::UINT8:
      case Type::UINT16:
        return arrow::int32();
      case Type::UINT32:
        return arrow::int64();
      case Type::STRUCT:
      case Type::LIST:
      case Type::LARGE_LIST:
      case Type::MAP:
        return nested(type, path);
      default:
        if (!is_storable(*type)) {
          throw headrace::Error(HEADRACE_UNSUPPORTED,
                                "column '" + path + "': a table cannot hold the type " + type->ToString());
        }
        return type;
    }
  }

  TypePointer nested(const TypePointer& type, const std::string& path) {
    switch (type->id()) {
      case Type::STRUCT: {
        arrow::FieldVector fields;
        for (const auto& child : type->fields()) fields.push_back(field(*child, path));
        return arrow::struct_(std::move(fields));
      }
      case Type::LIST:
        return arrow::list(field(*type->field(0), path));
      case Type::LARGE_LIST:
        return arrow::large_list(field(*type->field(0), path));
      default: {
        const auto& map = static_cast<const arrow::MapType&>(*type);
        auto key = field(*map.key_field(), path);
        return std::make_shared<arrow::MapType>(std::move(key), field(*map.item_field(), path), map.keys_sorted());
      }
    }
  }

  static bool is_storable(const arrow::DataType& type) {
    switch (type.id()) {
      case Type::BOOL:
      case Type::INT32:
      case Type::INT64:
      case Type::FLOAT:
      case Type::DOUBLE:
      case Type::DECIMAL128:
      case Type::STRING:
      case Type::LARGE_STRING:
      case Type::BINARY:
      case Type::LARGE_BINARY:
      case Type::FIXED_SIZE_BINARY:
      case Type::DATE32:
        return true;
      case Type::TIME64:
        return static_cast<const arrow::Time64Type&>(type).unit() == arrow::TimeUnit::MICRO;
      case Type::TIMESTAMP:
        return static_cast<const arrow::TimestampType&>(type).unit() != arrow::TimeUnit::NANO;
      case Type::EXTENSION:
        return static_cast<const arrow::ExtensionType&>(type).extension_name() == "arrow.uuid";
      default:
        return false;
    }
  }

  void take_id(const arrow::Field& field, const std::string& path) {
    const auto& metadata = field.metadata();
    const std::string text = metadata ? metadata->Get("PARQUET:field_id").ValueOr("") : "";
    if (text.empty()) {
      throw headrace::Error(HEADRACE_INVALID_CONFIG, "column '" + path + "' has no PARQUET:field_id in its metadata");
    }
    if (!ids_.insert(text).second) {
      throw headrace::Error(HEADRACE_INVALID_CONFIG, "column '" + path + "' has the field id " + text +
                                                         ", which another column has as well");
    }
  }

  std::set<std::string> ids_;
};

}  // namespace

std::shared_ptr<arrow::Schema> stored_schema(const arrow::Schema& schema) {
  Conversion conversion;
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) fields.push_back(conversion.field(*field, ""));
  return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::RecordBatch> as_stored(const std::shared_ptr<arrow::RecordBatch>& batch,
                                              const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns = batch->columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& type = schema->field(static_cast<int>(i))->type();
    if (columns[i]->type()->Equals(*type)) continue;
    columns[i] = value_of(arrow::compute::Cast(*columns[i], type, arrow::compute::CastOptions::Safe(), computing()));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

}  // namespace parquet_format
