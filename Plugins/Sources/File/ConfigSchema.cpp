#include "Config.hpp"

namespace headrace::file {

const std::string_view config_schema = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "file",
  "description": "Reads CSV and JSON Lines files.",
  "type": "object",
  "additionalProperties": false,
  "required": ["path"],
  "properties": {
    "path": {
      "x-headrace-endpoint": true,
      "description": "A file, a pattern (`*`, `?`, `[a-z]`, `**` for any number of folders), or a list of them.",
      "oneOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
      ]
    },
    "base_directory": {
      "description": "What relative paths start from; the working directory if it is left out.",
      "type": "string"
    },
    "format": {
      "description": "`auto` goes by the file's suffix: .csv and .tsv, .jsonl, .ndjson and .json, each also with .gz.",
      "enum": ["auto", "csv", "jsonl"],
      "default": "auto"
    },
    "compression": {
      "description": "`auto` looks at the file's first bytes.",
      "enum": ["auto", "none", "gzip"],
      "default": "auto"
    },
    "stream": {
      "description": "The stream's name; else what is constant in the first path's file name.",
      "type": "string",
      "minLength": 1
    },
    "schema": {
      "description": "The columns and their types: a mapping of names to types, or a list of {name, type, )json"
    R"json(nullable}. Types: boolean, int, long, float, double, decimal(P, S), date, time, timestamp, )json"
    R"json(timestamptz, string, uuid, binary (base64), list<T>, struct<name: T, ...>. )json"
    R"json(Left out: inferred from the beginning of every file.",
      "oneOf": [
        {"type": "object", "minProperties": 1, "additionalProperties": {"type": ["string", "object"]}},
        {
          "type": "array",
          "minItems": 1,
          "items": {
            "type": "object",
            "required": ["name", "type"],
            "properties": {
              "name": {"type": "string", "minLength": 1},
              "type": {"type": ["string", "object"]},
              "nullable": {"type": "boolean", "default": true}
            }
          }
        }
      ]
    },
    "inference": {
      "description": "How types are found where no schema is declared.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "rows": {
          "description": "Rows to look at, shared by the files.",
          "type": "integer",
          "minimum": 1,
          "maximum": 10000000,
          "default": 10000
        },
        "types": {
          "description": "Types of single columns, instead of the inferred ones.",
          "type": "object",
          "additionalProperties": {"type": ["string", "object"]}
        }
      }
    },
    "csv": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "delimiter": {
          "description": "One character, or `tab`. Left out: a comma, and a tab for files named *.tsv.",
          "type": "string",
          "minLength": 1
        },
        "quote": {"description": "One character; empty for none.", "type": "string", "default": "\""},
        "header": {
          "description": "Whether the first record names the columns; else they are column_1, column_2, ...",
          "type": "boolean",
          "default": true
        },
        "multiline": {
          "description": "Whether quoted fields may contain line breaks. Without, large files are read in parallel.",
          "type": "boolean",
          "default": true
        },
        "null_values": {
          "description": "What stands for no value, if it is not in quotes.",
          "type": "array",
          "items": {"type": "string"},
          "default": [""]
        },
        "encoding": {"enum": ["utf-8", "iso-8859-1"], "default": "utf-8"}
      }
    },
    "unknown_fields": {
      "description": "What becomes of a key, or of a CSV column, that the schema does not have.",
      "enum": ["ignore", "reject"],
      "default": "ignore"
    },
    "missing_columns": {
      "description": "What becomes of a CSV file whose header lacks a column of the schema: read as null, or failed.",
      "enum": ["null", "fail"],
      "default": "null"
    },
    "max_record_bytes": {
      "description": "A longer record is rejected.",
      "type": "integer",
      "minimum": 1024,
      "maximum": 268435456,
      "default": 16777216
    }
  }
})json";

}  // namespace headrace::file
