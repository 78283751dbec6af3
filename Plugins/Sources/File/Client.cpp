#include "Client.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

namespace headrace::file {

namespace {

constexpr std::size_t fingerprint = 64 * 1024;

headrace_status status_of(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return HEADRACE_NOT_FOUND;
    case EACCES:
    case EPERM:
      return HEADRACE_PERMISSION_DENIED;
    case EIO:
    case ESTALE:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EINTR:
    case EAGAIN:
      return HEADRACE_TRANSIENT;
    default:
      return HEADRACE_INVALID_CONFIG;
  }
}

/// The names of the codes above and of others that files bring about; a person searches for these.
const char* name_of(int code) {
  switch (code) {
    case ENOENT: return "ENOENT";
    case ENOTDIR: return "ENOTDIR";
    case EACCES: return "EACCES";
    case EPERM: return "EPERM";
    case EIO: return "EIO";
    case EISDIR: return "EISDIR";
    case ELOOP: return "ELOOP";
    case ENAMETOOLONG: return "ENAMETOOLONG";
    case EMFILE: return "EMFILE";
    case ENFILE: return "ENFILE";
    case ESTALE: return "ESTALE";
    default: return "";
  }
}

[[noreturn]] void fail(const std::string& what, const std::string& shown, int code) {
  std::string text = "cannot " + what + " '" + shown + "': " + std::generic_category().message(code);
  throw Error(status_of(code), text).vendor(code, name_of(code));
}

std::uint64_t rotate(std::uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

}  // namespace

/// A multiply-and-rotate hash over 8 bytes at a time, finished with the avalanche of SplitMix64 (Steele, Lea and Flood,
/// 2014). It recognises files; it does not protect against somebody who wants two files to look alike.
std::uint64_t hash(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t state = seed ^ (bytes.size() * 0x9e3779b97f4a7c15u);
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    std::size_t count = std::min<std::size_t>(bytes.size(), 8);
    std::memcpy(&word, bytes.data(), count);
    state = rotate((state ^ word) * 0xbf58476d1ce4e5b9u, 29);
    bytes.remove_prefix(count);
  }
  state = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
  state = (state ^ state >> 27) * 0x94d049bb133111ebu;
  return state ^ state >> 31;
}

File::File(const std::string& path, const std::string& shown) : shown_(shown) {
  // Not blocking: to open a pipe would otherwise wait for a writer for ever.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail("open", shown_, errno);
  int code = ::fstat(descriptor_, &status_) == 0 ? 0 : errno;
  if (code == 0 && S_ISREG(status_.st_mode)) {
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
    return;
  }
  ::close(descriptor_);  // the destructor of what was not constructed does not run
  if (code != 0) fail("look at", shown_, code);
  if (S_ISDIR(status_.st_mode)) {
    throw Error(HEADRACE_INVALID_CONFIG,
                "cannot read '" + shown_ + "': Is a directory; to read what is in it, write '" + shown_ + "/*'")
        .vendor(EISDIR, "EISDIR");
  }
  throw Error(HEADRACE_INVALID_CONFIG, "cannot read '" + shown_ + "': it is not a regular file");
}

File::~File() { ::close(descriptor_); }

std::size_t File::read(std::uint64_t offset, char* out, std::size_t count) const {
  std::size_t done = 0;
  while (done < count) {
    ssize_t got = ::pread(descriptor_, out + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", shown_, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::string File::identity() const {
  std::string bytes(fingerprint, '\0');
  std::size_t got = read(0, bytes.data(), fingerprint);
  std::uint64_t value = hash(std::string_view(bytes.data(), got));
  if (size() > fingerprint) {
    got = read(std::max<std::uint64_t>(size() - fingerprint, fingerprint), bytes.data(), fingerprint);
    value = hash(std::string_view(bytes.data(), got), value);
  }
  char text[64];
  int length = std::snprintf(text, sizeof text, "%llu-%016llx", static_cast<unsigned long long>(size()),
                             static_cast<unsigned long long>(value));
  return std::string(text, static_cast<std::size_t>(length));
}

void File::require_unchanged() const {
  struct stat now;
  if (::fstat(descriptor_, &now) != 0) fail("look at", shown_, errno);
  bool is_cut = now.st_size < status_.st_size;
  bool is_same = now.st_size == status_.st_size && now.st_mtim.tv_sec == status_.st_mtim.tv_sec &&
                 now.st_mtim.tv_nsec == status_.st_mtim.tv_nsec;
  if (is_same) return;
  throw Error(HEADRACE_CONFLICT, "'" + shown_ + "' " + (is_cut ? "was cut short" : "was written to") +
                                     " while it was being read; run again when nobody writes to it any more");
}

// ---------------------------------------------------------------------------------------------------------- windows

bool Window::fill() {
  if (is_at_end_) return false;
  if (start_ > 0) {
    std::memmove(memory_.data(), memory_.data() + start_, size());
    end_ -= start_;
    start_ = 0;
  }
  if (memory_.size() < end_ + block + padding) memory_.resize(std::max(memory_.size() * 2, end_ + block + padding));
  std::size_t got = stream_->read(memory_.data() + end_, block);
  end_ += got;
  std::memset(memory_.data() + end_, 0, padding);
  is_at_end_ = got == 0;
  return got > 0;
}

std::string resolve(const std::string& path, const std::string& base_directory) {
  if (base_directory.empty() || (!path.empty() && path[0] == '/')) return path;
  return base_directory.back() == '/' ? base_directory + path : base_directory + "/" + path;
}

}  // namespace headrace::file
