/// The tables that a statement names.
#pragma once

#include "Session.hpp"

namespace sql {

/// In alphabetical order, each once, `namespace.name` without quotes; a table without a namespace by its name alone.
/// Nothing is looked up. Throws INVALID_CONFIG for what is not one SELECT.
std::vector<std::string> table_names(Session* session, const std::string& sql);

}  // namespace sql
