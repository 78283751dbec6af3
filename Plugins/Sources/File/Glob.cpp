#include "Client.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fnmatch.h>

namespace headrace::file {

namespace {

/// Walks down a pattern, one path component after another.
class Glob {
 public:
  Glob(const std::string& base, std::vector<std::string>& found) : base_(base), found_(found) {}

  void walk(const std::string& folder, std::string_view pattern, int depth) {
    std::size_t slash = pattern.find('/');
    std::string part(pattern.substr(0, slash));
    bool is_last = slash == std::string_view::npos;
    std::string_view rest = is_last ? std::string_view() : pattern.substr(slash + 1);
    if (depth > deepest) return;
    if (part.empty()) return is_last ? void() : walk(folder.empty() ? "/" : folder, rest, depth + 1);
    if (part == "**") return any_depth(folder, is_last ? "*" : rest, depth);
    if (!has_wildcard(part)) return descend(folder, part, is_last, rest, depth);
    for (const std::string& name : names(folder)) {
      if (fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) descend(folder, name, is_last, rest, depth);
    }
  }

 private:
  static constexpr int deepest = 64;
  const std::string& base_;
  std::vector<std::string>& found_;

  static std::string join(const std::string& folder, const std::string& name) {
    return folder.empty() || folder.back() == '/' ? folder + name : folder + "/" + name;
  }

  void descend(const std::string& folder, const std::string& name, bool is_last, std::string_view rest, int depth) {
    std::string path = join(folder, name);
    struct stat status;
    if (::stat(resolve(path, base_).c_str(), &status) != 0) return;
    if (!is_last) return S_ISDIR(status.st_mode) ? walk(path, rest, depth + 1) : void();
    if (S_ISREG(status.st_mode)) found_.push_back(path);
  }

  /// Symbolic links to folders are not followed here: they may lead back.
  void any_depth(const std::string& folder, std::string_view rest, int depth) {
    if (depth > deepest) return;
    walk(folder, rest, depth + 1);
    for (const std::string& name : names(folder)) {
      std::string path = join(folder, name);
      struct stat status;
      bool is_folder = ::lstat(resolve(path, base_).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
      if (is_folder && name[0] != '.') any_depth(path, rest, depth + 1);
    }
  }

  std::vector<std::string> names(const std::string& folder) const {
    std::string path = resolve(folder.empty() && base_.empty() ? "." : folder, base_);
    std::vector<std::string> out;
    DIR* stream = ::opendir(path.c_str());
    if (stream == nullptr) {
      if (errno == ENOENT || errno == ENOTDIR) return out;
      int code = errno;
      throw Error(code == EACCES ? HEADRACE_PERMISSION_DENIED : HEADRACE_TRANSIENT,
                  "cannot list the folder '" + path + "': " + std::generic_category().message(code))
          .vendor(code, code == EACCES ? "EACCES" : "");
    }
    while (dirent* entry = ::readdir(stream)) {
      std::string name = entry->d_name;
      if (name != "." && name != "..") out.push_back(name);
    }
    ::closedir(stream);
    std::sort(out.begin(), out.end());
    return out;
  }
};

/// The folder above the first component with a wildcard, as a person would look for it.
std::string looked_in(const std::string& pattern, const std::string& base) {
  std::size_t wildcard = pattern.find_first_of("*?[");
  std::size_t slash = pattern.rfind('/', wildcard);
  std::string folder = slash == std::string::npos ? "" : slash == 0 ? "/" : pattern.substr(0, slash);
  std::string path = folder.empty() ? (base.empty() ? "." : base) : resolve(folder, base);
  char* absolute = ::realpath(path.c_str(), nullptr);
  if (absolute == nullptr) return path;
  std::string out = absolute;
  std::free(absolute);
  return out;
}

}  // namespace

bool has_wildcard(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

std::vector<std::string> expand(const std::vector<std::string>& patterns, const std::string& base_directory) {
  std::vector<std::string> out;
  for (const std::string& pattern : patterns) {
    std::size_t before = out.size();
    if (has_wildcard(pattern)) {
      Glob(base_directory, out).walk(pattern[0] == '/' ? "/" : "", pattern[0] == '/' ? pattern.substr(1) : pattern, 0);
    } else {
      out.push_back(pattern);  // to open it tells best what is wrong with it
    }
    if (out.size() == before) {
      throw Error(HEADRACE_NOT_FOUND, "no file matches '" + pattern + "'; looked in '" +
                                          looked_in(pattern, base_directory) + "'");
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace headrace::file
