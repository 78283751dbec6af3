/// The part of DuckDB's C API that is used here, resolved at run time: the library is found by path, and its header is
/// not needed to build. Names are DuckDB's without their prefix.
#pragma once

#include <headrace/plugin.hpp>

#include <cstdint>
#include <string>

namespace sql {

using Index = uint64_t;

// Opaque handles; distinct types, so that one is not passed for another.
using DatabaseHandle = struct DatabaseTag*;
using ConnectionHandle = struct ConnectionTag*;
using ConfigHandle = struct ConfigTag*;
using StatementsHandle = struct StatementsTag*;
using PreparedHandle = struct PreparedTag*;
using PendingHandle = struct PendingTag*;
using TypeHandle = struct TypeTag*;
using ChunkHandle = struct ChunkTag*;
using VectorHandle = struct VectorTag*;
using TableFunctionHandle = struct TableFunctionTag*;
using BindHandle = struct BindTag*;
using InitHandle = struct InitTag*;
using FunctionHandle = struct FunctionTag*;
using ValueHandle = struct ValueTag*;

enum class State : int32_t { success = 0, error = 1 };

/// `duckdb_type`
enum class TypeId : int32_t {
  invalid = 0, boolean = 1, tinyint = 2, smallint = 3, integer = 4, bigint = 5, utinyint = 6, usmallint = 7,
  uinteger = 8, ubigint = 9, real = 10, double_precision = 11, timestamp = 12, date = 13, time = 14, interval = 15,
  hugeint = 16, varchar = 17, blob = 18, decimal = 19, timestamp_s = 20, timestamp_ms = 21, timestamp_ns = 22,
  enumeration = 23, list = 24, structure = 25, map = 26, uuid = 27, timestamp_tz = 31, array = 33, null = 36,
};

/// `duckdb_error_type`, those that are told apart
enum class ErrorType : int32_t { interrupt = 29, fatal = 30, internal = 31, out_of_memory = 33 };

constexpr int32_t kStatementSelect = 1;

/// `duckdb_result`; only the last member is read, by DuckDB itself.
struct Result {
  Index deprecated_counts[3];
  void* deprecated_columns;
  char* deprecated_error;
  void* internal;
};

/// `duckdb_string_t`: up to 12 bytes lie in it, of a longer one the first four and a pointer.
union String {
  static constexpr uint32_t kInlined = 12;
  struct {
    uint32_t length;
    char prefix[4];
    const char* data;
  } pointer;
  struct {
    uint32_t length;
    char data[kInlined];
  } inlined;
};
static_assert(sizeof(String) == 16);

struct HugeInt {
  uint64_t lower;
  int64_t upper;
};

struct ListEntry {
  uint64_t offset;
  uint64_t length;
};

/// Throws UNSUPPORTED if the library lacks the function.
void* find_function(void* library, const char* name);

/// A function of the library, found by name when the API is loaded.
template <class Signature>
class Function;

template <class Return, class... Arguments>
class Function<Return(Arguments...)> {
 public:
  Function(void* library, const char* name)
      : function_(reinterpret_cast<Return (*)(Arguments...)>(find_function(library, name))) {}
  Return operator()(Arguments... arguments) const { return function_(arguments...); }

 private:
  Return (*function_)(Arguments...);
};

struct DuckDB {
  /// Loads the library, once per process; it is never unloaded. Throws NOT_FOUND, which says where it was searched for,
  /// and INVALID_CONFIG if another file than the loaded one is configured. [any thread]
  static const DuckDB& load(const std::string& configured_path);
  /// What was loaded. Only where a session exists.
  static const DuckDB& current();

  explicit DuckDB(void* library) : library(library) {}

  void* library;

#define HEADRACE_DUCKDB(name) name{library, "duckdb_" #name}
  Function<const char*()> HEADRACE_DUCKDB(library_version);
  Function<void(void*)> HEADRACE_DUCKDB(free);
  Function<State(ConfigHandle*)> HEADRACE_DUCKDB(create_config);
  Function<State(ConfigHandle, const char*, const char*)> HEADRACE_DUCKDB(set_config);
  Function<void(ConfigHandle*)> HEADRACE_DUCKDB(destroy_config);
  Function<State(const char*, DatabaseHandle*, ConfigHandle, char**)> HEADRACE_DUCKDB(open_ext);
  Function<void(DatabaseHandle*)> HEADRACE_DUCKDB(close);
  Function<State(DatabaseHandle, ConnectionHandle*)> HEADRACE_DUCKDB(connect);
  Function<void(ConnectionHandle*)> HEADRACE_DUCKDB(disconnect);
  Function<void(ConnectionHandle)> HEADRACE_DUCKDB(interrupt);
  Function<State(ConnectionHandle, const char*, Result*)> HEADRACE_DUCKDB(query);
  Function<void(Result*)> HEADRACE_DUCKDB(destroy_result);
  Function<const char*(Result*)> HEADRACE_DUCKDB(result_error);
  Function<ErrorType(Result*)> HEADRACE_DUCKDB(result_error_type);
  Function<ChunkHandle(Result)> HEADRACE_DUCKDB(fetch_chunk);

  Function<Index(ConnectionHandle, const char*, StatementsHandle*)> HEADRACE_DUCKDB(extract_statements);
  Function<const char*(StatementsHandle)> HEADRACE_DUCKDB(extract_statements_error);
  Function<State(ConnectionHandle, StatementsHandle, Index, PreparedHandle*)>
      HEADRACE_DUCKDB(prepare_extracted_statement);
  Function<void(StatementsHandle*)> HEADRACE_DUCKDB(destroy_extracted);
  Function<const char*(PreparedHandle)> HEADRACE_DUCKDB(prepare_error);
  Function<void(PreparedHandle*)> HEADRACE_DUCKDB(destroy_prepare);
  Function<int32_t(PreparedHandle)> HEADRACE_DUCKDB(prepared_statement_type);
  Function<Index(PreparedHandle)> HEADRACE_DUCKDB(nparams);
  Function<Index(PreparedHandle)> HEADRACE_DUCKDB(prepared_statement_column_count);
  Function<const char*(PreparedHandle, Index)> HEADRACE_DUCKDB(prepared_statement_column_name);
  Function<TypeHandle(PreparedHandle, Index)> HEADRACE_DUCKDB(prepared_statement_column_logical_type);
  Function<State(PreparedHandle, Result*)> HEADRACE_DUCKDB(execute_prepared);
  Function<State(PreparedHandle, PendingHandle*)> HEADRACE_DUCKDB(pending_prepared_streaming);
  Function<State(PendingHandle, Result*)> HEADRACE_DUCKDB(execute_pending);
  Function<const char*(PendingHandle)> HEADRACE_DUCKDB(pending_error);
  Function<void(PendingHandle*)> HEADRACE_DUCKDB(destroy_pending);
  Function<ValueHandle(ConnectionHandle, const char*, bool)> HEADRACE_DUCKDB(get_table_names);

  Function<Index(ValueHandle)> HEADRACE_DUCKDB(get_list_size);
  Function<ValueHandle(ValueHandle, Index)> HEADRACE_DUCKDB(get_list_child);
  Function<char*(ValueHandle)> HEADRACE_DUCKDB(get_varchar);
  Function<void(ValueHandle*)> HEADRACE_DUCKDB(destroy_value);

  Function<TypeHandle(TypeId)> HEADRACE_DUCKDB(create_logical_type);
  Function<TypeHandle(uint8_t, uint8_t)> HEADRACE_DUCKDB(create_decimal_type);
  Function<TypeHandle(TypeHandle)> HEADRACE_DUCKDB(create_list_type);
  Function<TypeHandle(TypeHandle, TypeHandle)> HEADRACE_DUCKDB(create_map_type);
  Function<TypeHandle(TypeHandle*, const char**, Index)> HEADRACE_DUCKDB(create_struct_type);
  Function<void(TypeHandle*)> HEADRACE_DUCKDB(destroy_logical_type);
  Function<TypeId(TypeHandle)> HEADRACE_DUCKDB(get_type_id);
  Function<uint8_t(TypeHandle)> HEADRACE_DUCKDB(decimal_width);
  Function<uint8_t(TypeHandle)> HEADRACE_DUCKDB(decimal_scale);
  Function<TypeHandle(TypeHandle)> HEADRACE_DUCKDB(list_type_child_type);
  Function<TypeHandle(TypeHandle)> HEADRACE_DUCKDB(array_type_child_type);
  Function<Index(TypeHandle)> HEADRACE_DUCKDB(array_type_array_size);
  Function<TypeHandle(TypeHandle)> HEADRACE_DUCKDB(map_type_key_type);
  Function<TypeHandle(TypeHandle)> HEADRACE_DUCKDB(map_type_value_type);
  Function<Index(TypeHandle)> HEADRACE_DUCKDB(struct_type_child_count);
  Function<char*(TypeHandle, Index)> HEADRACE_DUCKDB(struct_type_child_name);
  Function<TypeHandle(TypeHandle, Index)> HEADRACE_DUCKDB(struct_type_child_type);
  Function<TypeId(TypeHandle)> HEADRACE_DUCKDB(enum_internal_type);
  Function<char*(TypeHandle, Index)> HEADRACE_DUCKDB(enum_dictionary_value);
  Function<uint32_t(TypeHandle)> HEADRACE_DUCKDB(enum_dictionary_size);

  Function<Index()> HEADRACE_DUCKDB(vector_size);
  Function<void(ChunkHandle*)> HEADRACE_DUCKDB(destroy_data_chunk);
  Function<Index(ChunkHandle)> HEADRACE_DUCKDB(data_chunk_get_size);
  Function<void(ChunkHandle, Index)> HEADRACE_DUCKDB(data_chunk_set_size);
  Function<VectorHandle(ChunkHandle, Index)> HEADRACE_DUCKDB(data_chunk_get_vector);
  Function<void*(VectorHandle)> HEADRACE_DUCKDB(vector_get_data);
  Function<uint64_t*(VectorHandle)> HEADRACE_DUCKDB(vector_get_validity);
  Function<void(VectorHandle)> HEADRACE_DUCKDB(vector_ensure_validity_writable);
  Function<VectorHandle(VectorHandle)> HEADRACE_DUCKDB(list_vector_get_child);
  Function<State(VectorHandle, Index)> HEADRACE_DUCKDB(list_vector_set_size);
  Function<State(VectorHandle, Index)> HEADRACE_DUCKDB(list_vector_reserve);
  Function<VectorHandle(VectorHandle)> HEADRACE_DUCKDB(array_vector_get_child);
  Function<VectorHandle(VectorHandle, Index)> HEADRACE_DUCKDB(struct_vector_get_child);

  Function<TableFunctionHandle()> HEADRACE_DUCKDB(create_table_function);
  Function<void(TableFunctionHandle*)> HEADRACE_DUCKDB(destroy_table_function);
  Function<void(TableFunctionHandle, const char*)> HEADRACE_DUCKDB(table_function_set_name);
  Function<void(TableFunctionHandle, void*, void (*)(void*))> HEADRACE_DUCKDB(table_function_set_extra_info);
  Function<void(TableFunctionHandle, void (*)(BindHandle))> HEADRACE_DUCKDB(table_function_set_bind);
  Function<void(TableFunctionHandle, void (*)(InitHandle))> HEADRACE_DUCKDB(table_function_set_init);
  Function<void(TableFunctionHandle, void (*)(FunctionHandle, ChunkHandle))>
      HEADRACE_DUCKDB(table_function_set_function);
  Function<void(TableFunctionHandle, bool)> HEADRACE_DUCKDB(table_function_supports_projection_pushdown);
  Function<State(ConnectionHandle, TableFunctionHandle)> HEADRACE_DUCKDB(register_table_function);
  Function<void*(BindHandle)> HEADRACE_DUCKDB(bind_get_extra_info);
  Function<void(BindHandle, const char*, TypeHandle)> HEADRACE_DUCKDB(bind_add_result_column);
  Function<void(BindHandle, Index, bool)> HEADRACE_DUCKDB(bind_set_cardinality);
  Function<void*(InitHandle)> HEADRACE_DUCKDB(init_get_extra_info);
  Function<Index(InitHandle)> HEADRACE_DUCKDB(init_get_column_count);
  Function<Index(InitHandle, Index)> HEADRACE_DUCKDB(init_get_column_index);
  Function<void(InitHandle, void*, void (*)(void*))> HEADRACE_DUCKDB(init_set_init_data);
  Function<void(InitHandle, Index)> HEADRACE_DUCKDB(init_set_max_threads);
  Function<void(InitHandle, const char*)> HEADRACE_DUCKDB(init_set_error);
  Function<void*(FunctionHandle)> HEADRACE_DUCKDB(function_get_extra_info);
  Function<void*(FunctionHandle)> HEADRACE_DUCKDB(function_get_init_data);
  Function<void(FunctionHandle, const char*)> HEADRACE_DUCKDB(function_set_error);
#undef HEADRACE_DUCKDB
};

}  // namespace sql
