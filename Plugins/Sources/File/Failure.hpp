// Why an operation ended: thrown inside the plugin, turned into a status at the boundary.
#pragma once

#include <headrace/headrace.h>

#include <stdexcept>
#include <string>

namespace headrace::file {

struct Failure : std::runtime_error {
  headrace_status status;
  int vendor_code;  // errno, or 0

  Failure(headrace_status status, const std::string& message, int vendor_code = 0)
      : std::runtime_error(message), status(status), vendor_code(vendor_code) {}
};

}  // namespace headrace::file
