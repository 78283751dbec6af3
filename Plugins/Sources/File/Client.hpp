// Files: found by pattern, known by their content, read in blocks.
#pragma once

#include <headrace/plugin.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

namespace headrace::file {

/// An open regular file. Reads by position, never through a mapping: a file that is cut short under a mapping kills
/// the whole process.
class File {
 public:
  /// Throws with the path and the system's reason.
  File(const std::string& path, const std::string& shown);
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  const std::string& shown() const { return shown_; }
  std::uint64_t size() const { return static_cast<std::uint64_t>(status_.st_size); }

  /// Reads up to `count` bytes; fewer only at the end of the file.
  std::size_t read(std::uint64_t offset, char* out, std::size_t count) const;

  /// Size and a 64-bit hash of the first and the last 64 KiB: the same for a copy, another after an append. The time
  /// of the last change is left out, so that a restored backup is the same data.
  std::string identity() const;

  /// CONFLICT if somebody wrote to the file, or cut it short, since it was opened.
  void require_unchanged() const;

 private:
  std::string shown_;
  int descriptor_ = -1;
  struct stat status_ = {};
};

/// A source of bytes from a position on.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// 0 at the end.
  virtual std::size_t read(char* out, std::size_t count) = 0;
};

enum class Compression { none, gzip };

/// By the file's first bytes; UNSUPPORTED for what is compressed otherwise.
Compression detect_compression(const File& file);

/// From `offset` of the uncompressed content on: a gzip file is inflated up to there once more.
std::unique_ptr<ByteStream> open_stream(const File& file, Compression compression, std::uint64_t offset,
                                        const Call& call);

/// A window on a stream. 64 readable bytes lie behind its end.
class Window {
 public:
  explicit Window(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)), memory_(block + padding) {}

  const char* begin() const { return memory_.data() + start_; }
  const char* end() const { return memory_.data() + end_; }
  std::size_t size() const { return end_ - start_; }
  bool is_at_end() const { return is_at_end_; }
  void consume(std::size_t count) { start_ += count; }

  /// Reads another block behind what is there; pointers into the window change. False at the end of the stream.
  bool fill();

 private:
  static constexpr std::size_t block = 256 * 1024;
  static constexpr std::size_t padding = 64;

  std::unique_ptr<ByteStream> stream_;
  std::vector<char> memory_;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
  bool is_at_end_ = false;
};

/// The files that match, in order of their paths, each once. `**` stands for any number of folders. NOT_FOUND, with the
/// pattern and the folder looked in, if there is none.
std::vector<std::string> expand(const std::vector<std::string>& patterns, const std::string& base_directory);

/// `path` below `base_directory`, unless it is absolute or there is no base.
std::string resolve(const std::string& path, const std::string& base_directory);

bool has_wildcard(std::string_view path);

std::uint64_t hash(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace headrace::file
