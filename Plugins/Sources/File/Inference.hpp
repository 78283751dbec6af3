// Finds columns and their types in the beginnings of files.
#pragma once

#include "Client.hpp"
#include "Config.hpp"

#include <string>
#include <vector>

namespace headrace::file {

/// A file of the stream, as it was found.
struct FoundFile {
  std::string path;  // as the user would write it
  std::string identity;
  std::uint64_t size = 0;
  Format format = Format::csv;
  Compression compression = Compression::none;
};

struct Inferred {
  Schema schema;
  std::vector<std::string> notes;
  std::int64_t rows = 0;   // looked at
  std::int64_t bytes = 0;  // that these rows take
};

/// Looks at the first rows of every file, so that the result depends on the files alone. What fits all the values of a
/// column is its type: boolean, long, double, date, timestamptz, string; for JSON also structures and lists. Numbers
/// with leading zeros, integers beyond 64 bits and mixtures become strings.
Inferred infer(const Config& config, const std::vector<FoundFile>& files, const Call& call);

/// Opens a file by the path that the user would write.
std::unique_ptr<File> open_found(const Config& config, const std::string& path);

}  // namespace headrace::file
