// The one symbol of the library.
#include "Source.hpp"

const headrace_entry* headrace_plugin_entry(void) {
  using namespace headrace;
  static constexpr headrace_entry entry = entry_of<source_of<file::Source>>("file", "0.1.0");
  return &entry;
}
