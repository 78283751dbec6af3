#include "Client.hpp"

#include <algorithm>
#include <zlib.h>

namespace headrace::file {

namespace {

class PlainStream : public ByteStream {
 public:
  PlainStream(const File& file, std::uint64_t offset) : file_(file), offset_(offset) {}

  std::size_t read(char* out, std::size_t count) override {
    std::size_t got = file_.read(offset_, out, count);
    offset_ += got;
    return got;
  }

 private:
  const File& file_;
  std::uint64_t offset_;
};

/// Inflates all the members of a gzip file, one after another (RFC 1952).
class GzipStream : public ByteStream {
 public:
  explicit GzipStream(const File& file) : file_(file), input_(64 * 1024) {
    if (inflateInit2(&state_, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  ~GzipStream() override { inflateEnd(&state_); }

  std::size_t read(char* out, std::size_t count) override {
    state_.next_out = reinterpret_cast<Bytef*>(out);
    state_.avail_out = static_cast<uInt>(count);
    while (state_.avail_out > 0 && !is_done_) step();
    return count - state_.avail_out;
  }

 private:
  const File& file_;
  std::vector<char> input_;
  z_stream state_ = {};
  std::uint64_t offset_ = 0;
  bool is_between_members_ = false;
  bool is_done_ = false;

  void step() {
    if (state_.avail_in == 0) {
      std::size_t got = file_.read(offset_, input_.data(), input_.size());
      offset_ += got;
      state_.next_in = reinterpret_cast<Bytef*>(input_.data());
      state_.avail_in = static_cast<uInt>(got);
    }
    if (state_.avail_in == 0) return end_of_input();
    is_between_members_ = false;
    int code = inflate(&state_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      is_between_members_ = true;
      if (inflateReset(&state_) != Z_OK) fail("cannot go on to its next part");
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      fail(state_.msg != nullptr ? state_.msg : "the data cannot be inflated");
    }
  }

  void end_of_input() {
    if (!is_between_members_) {
      throw Error(HEADRACE_TRUNCATED, "'" + file_.shown() + "' ends in the middle of its gzip data, after " +
                                          std::to_string(offset_) + " bytes; is the file complete?");
    }
    is_done_ = true;
  }

  [[noreturn]] void fail(const char* why) {
    throw Error(HEADRACE_BAD_RECORD, "'" + file_.shown() + "' is not valid gzip: " + why + " near byte " +
                                         std::to_string(offset_ - state_.avail_in));
  }
};

}  // namespace

Compression detect_compression(const File& file) {
  unsigned char magic[6] = {};
  std::size_t got = file.read(0, reinterpret_cast<char*>(magic), sizeof magic);
  auto begins = [&](std::initializer_list<unsigned char> bytes) {
    return got >= bytes.size() && std::equal(bytes.begin(), bytes.end(), magic);
  };
  const char* other = begins({0x28, 0xb5, 0x2f, 0xfd})               ? "zstd"
                      : begins({'B', 'Z', 'h'})                      ? "bzip2"
                      : begins({0xfd, '7', 'z', 'X', 'Z', 0x00})     ? "xz"
                      : begins({'P', 'K', 0x03, 0x04})               ? "zip"
                      : begins({0x04, 0x22, 0x4d, 0x18})             ? "lz4"
                                                                     : nullptr;
  if (other != nullptr) {
    throw Error(HEADRACE_UNSUPPORTED, "'" + file.shown() + "' is compressed with " + other +
                                          ", which is not supported; use gzip or unpack it");
  }
  return begins({0x1f, 0x8b}) ? Compression::gzip : Compression::none;
}

std::unique_ptr<ByteStream> open_stream(const File& file, Compression compression, std::uint64_t offset,
                                        const Call& call) {
  if (compression == Compression::none) return std::make_unique<PlainStream>(file, offset);
  auto stream = std::make_unique<GzipStream>(file);
  std::vector<char> ignored(256 * 1024);
  while (offset > 0) {
    call.throw_if_ended();
    std::size_t got = stream->read(ignored.data(), std::min<std::uint64_t>(offset, ignored.size()));
    if (got == 0) {
      throw Error(HEADRACE_CONFLICT, "'" + file.shown() + "' is shorter than when it was read before");
    }
    offset -= got;
  }
  return stream;
}

}  // namespace headrace::file
