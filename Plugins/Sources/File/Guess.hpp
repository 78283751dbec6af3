// What is known of a column's type after some of its values.
#pragma once

#include "Json.hpp"
#include "Type.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace headrace::file {

class Guess {
 public:
  enum class Kind { nothing, boolean, integer, real, date, timestamptz, text, list, structure };

  /// A structure with more fields than `most_fields` is a mapping by keys, and no type.
  explicit Guess(std::size_t most_fields = 1000) : most_fields_(most_fields) {}

  Kind kind() const { return kind_; }

  /// A value of CSV.
  void observe_text(std::string_view text);

  /// A JSON value. False if it is not valid.
  bool observe_json(JsonCursor& cursor, int depth = 0);

  /// The fields of a structure, in the order in which they were first seen.
  const std::vector<std::pair<std::string, std::unique_ptr<Guess>>>& fields() const { return fields_; }

  /// The field of that name, made if there is room for it, else nothing.
  Guess* field(const std::string& name);

  Type type() const;

 private:
  std::size_t most_fields_;
  Kind kind_ = Kind::nothing;
  std::vector<std::pair<std::string, std::unique_ptr<Guess>>> fields_;
  std::unordered_map<std::string, std::size_t> places_;
  std::unique_ptr<Guess> element_;

  void merge(Kind kind);
  bool observe_number(JsonCursor& cursor);
  bool observe_string(JsonCursor& cursor);
  bool observe_object(JsonCursor& cursor, int depth);
  bool observe_array(JsonCursor& cursor, int depth);
};

}  // namespace headrace::file
