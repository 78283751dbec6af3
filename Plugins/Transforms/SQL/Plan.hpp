/// Whether a query's answer depends on where batches end, judged by the plan that DuckDB would run.
#pragma once

#include "Session.hpp"

namespace sql {

/// Throws INVALID_CONFIG, which says what the query does that a batch at a time cannot do: it aggregates, orders,
/// limits, numbers rows, samples, joins the input with itself, or does not read it. What the query does with constants
/// alone is its own affair.
void check_row_by_row(Session* session, const std::string& query);

}  // namespace sql
