#pragma once

#include "JsonRow.hpp"
#include "Reader.hpp"

namespace headrace::file {

/// JSON Lines: an object per line. Empty lines are no records.
class JsonlReader : public Reader {
 public:
  JsonlReader(const Config& config, const Piece& piece, std::unique_ptr<File> file, Compression compression)
      : Reader(config, piece, std::move(file), compression), row_(columns_, config.rejects_unknown_fields) {}

  std::int64_t unknown_count() const override { return row_.unknown_count(); }

 protected:
  bool next() override;
  void prepare() override;

 private:
  JsonRow row_;
};

}  // namespace headrace::file
