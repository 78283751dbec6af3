#include "DuckDB.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

namespace sql {
namespace {

/// Where set-up puts DuckDB, below a folder that is a parent of the executable's or of this library's.
constexpr std::string_view kPrivateLibrary = "/.deps/duckdb/_duckdb.so";

/// Where an installation has it, from the folder above that of its programs.
constexpr std::string_view kInstalled = "/lib/headrace/lib/_duckdb.so";

/// Where else it may be: beside the plugin or the executable, or in the system.
constexpr std::string_view kNames[] = {"/libduckdb.so", "/_duckdb.so", "/duckdb/_duckdb.so"};

/// The Python module, which is how DuckDB is to be had as a package, has symbols of Python undefined. Python is never
/// started, so any version serves; the first name is what set-up puts beside the module.
constexpr const char* kPythons[] = {"libpython.so",         "libpython3.11.so.1.0", "libpython3.12.so.1.0",
                                    "libpython3.13.so.1.0", "libpython3.14.so.1.0", "libpython3.10.so.1.0"};

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? std::string() : path.substr(0, slash);
}

std::string executable() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

/// The file that this code was loaded from. A plugin may run from a copy that lies elsewhere than it was installed.
std::string own_library() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_library), &info) == 0 || info.dli_fname == nullptr) return {};
  char path[PATH_MAX];
  return realpath(info.dli_fname, path) != nullptr ? std::string(path) : std::string();
}

std::vector<std::string> candidates(const std::string& configured_path) {
  if (!configured_path.empty()) return {configured_path};
  const char* named = std::getenv("HEADRACE_LIBDUCKDB");
  if (named != nullptr && *named != '\0') return {named};
  std::vector<std::string> paths;
  for (const std::string& start : {own_library(), executable()}) {
    const std::string nearest = folder_of(start);
    for (std::string_view name : kNames) paths.push_back(nearest + std::string(name));
    paths.push_back(folder_of(nearest) + std::string(kInstalled));
    for (std::string folder = nearest; !folder.empty(); folder = folder_of(folder)) {
      paths.push_back(folder + std::string(kPrivateLibrary));
    }
  }
  paths.emplace_back("libduckdb.so");
  return paths;
}

bool has_path(const std::string& name) { return name.find('/') != std::string::npos; }

bool load_python(const std::string& folder) {
  for (const std::string python : kPythons) {
    if (dlopen((folder + "/" + python).c_str(), RTLD_LAZY | RTLD_GLOBAL) != nullptr) return true;
    if (dlopen(python.c_str(), RTLD_LAZY | RTLD_GLOBAL) != nullptr) return true;
  }
  return false;
}

/// Loads one file, with Python's symbols if it misses them. NULL with `problem` set if it cannot be loaded.
void* open_library(const std::string& path, std::string* problem) {
  void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library != nullptr) return library;
  *problem = dlerror();
  if (problem->find("undefined symbol: Py") == std::string::npos || !load_python(folder_of(path))) return nullptr;
  library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) *problem = dlerror();
  return library;
}

void* find_library(const std::string& configured_path) {
  std::string problems;
  for (const std::string& path : candidates(configured_path)) {
    const bool is_sure = !configured_path.empty() || !has_path(path);
    if (!is_sure && access(path.c_str(), R_OK) != 0) continue;
    std::string problem;
    void* library = open_library(path, &problem);
    if (library != nullptr) return library;
    problems += "; " + problem;
  }
  throw headrace::Error(HEADRACE_NOT_FOUND,
                        "DuckDB was not found beside the plugin or the executable, nor in a folder .deps/duckdb above "
                        "them; name it by `library` in the configuration or by HEADRACE_LIBDUCKDB" +
                            problems);
}

}  // namespace

void* find_function(void* library, const char* name) {
  void* function = dlsym(library, name);
  if (function != nullptr) return function;
  throw headrace::Error(HEADRACE_UNSUPPORTED,
                        std::string("this DuckDB has no function ") + name + "; version 1.5 has it");
}

namespace {

std::mutex loading;
std::unique_ptr<DuckDB> loaded;
std::string loaded_path;  // as configured

}  // namespace

const DuckDB& DuckDB::load(const std::string& configured_path) {
  const std::lock_guard<std::mutex> lock(loading);
  if (!loaded) {
    loaded = std::make_unique<DuckDB>(find_library(configured_path));
    loaded_path = configured_path;
  }
  if (configured_path.empty() || configured_path == loaded_path) return *loaded;
  throw headrace::Error(HEADRACE_INVALID_CONFIG, "library: '" + configured_path +
                                                     "' was named, but this process has loaded another DuckDB");
}

const DuckDB& DuckDB::current() { return *loaded; }

}  // namespace sql
