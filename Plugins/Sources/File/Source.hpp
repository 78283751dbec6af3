// The kind `source` over files: one stream, whose splits are files or pieces of them.
#pragma once

#include "Inference.hpp"
#include "Reader.hpp"

#include <headrace/plugin.hpp>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::file {

class Source : public Instance {
 public:
  static constexpr const std::string_view& config_schema = file::config_schema;

  Source(const Host& host, std::string_view config) : host_(host), config_(parse_config(config)) {}

  void discover(const Call& call, const headrace_string* patterns, std::uint64_t count, headrace_stream_list* out);
  void splits(const Call& call, const headrace_split_request& request, headrace_split_list* out);
  void open(const Call& call, const headrace_open_request& request, ArrowSchema* schema);
  headrace_status read(const Call& call, headrace_batch* out);
  void close() noexcept;

 private:
  Host host_;
  Config config_;
  std::unique_ptr<Reader> reader_;
  std::vector<FoundFile> inferred_from_;  // what `inferred_` was found in
  Inferred inferred_;

  /// What earlier runs know of a file.
  struct Known {
    std::uint64_t start, end;
    bool is_complete;
  };
  struct Split {
    std::string id, identity, token;
    std::uint64_t bytes;
  };

  std::vector<FoundFile> find_files(const Call& call) const;
  const Inferred& infer_once(const std::vector<FoundFile>& files, const Call& call);
  void require_stream(headrace_string name) const;
  bool is_divisible(const FoundFile& file) const;
  std::vector<Known> known_pieces(const FoundFile& file, const headrace_split_request& request) const;
  void add_splits(const FoundFile& file, const headrace_split_request& request, std::vector<Split>& out) const;
};

}  // namespace headrace::file
