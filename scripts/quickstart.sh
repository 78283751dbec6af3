#!/usr/bin/env bash
# Runs examples/quickstart and shows what came of it: rows, a dead letter, a finding, files, ways to read them.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

PIPELINE=examples/quickstart/orders.yaml
HEADRACE=.build/release/headrace
export HEADRACE_HOME
HEADRACE_HOME="$(readlink -m "${HEADRACE_HOME:-.headrace}")"

title() { printf '\n%s\n' "$1"; }
sql() { "$HEADRACE" lake sql "$1"; }

# Progress goes to standard error, so the terminal shows it; the run's summary is the last line of standard output.
run_pipeline() {
  local output
  title "\$ headrace run $PIPELINE"
  output="$("$HEADRACE" run "$PIPELINE" --output json)"
  "$VENV/bin/python" -c '
import json, sys
run = json.loads(sys.argv[1])
print("{rows_read} rows read, {rows_written} written, {rows_dead} to dead letters, findings: {findings}, "
      "{seconds:.1f} s.".format(**run))
if run["rows_read"] == 0:
    print("There is nothing new: an earlier run read every file. What follows is what the table holds.")
' "${output##*$'\n'}"
}

show_table() {
  title "Five rows of the table"
  sql "SELECT order_id, customer, product, amount, status, created_at FROM bronze.orders ORDER BY order_id LIMIT 5"
  title "A dead letter: a record that could not be read, its place and the reason"
  sql "SELECT place, reason, record FROM bronze.orders__dead_letters LIMIT 1"
  title "A finding: what a detector noticed; the row is in the table all the same"
  sql 'SELECT detector, "column", severity, message FROM bronze.orders__findings LIMIT 1'
}

show_files() {
  title "Where it all is"
  say "  catalog    $HEADRACE_HOME/catalog.db    (SQLite, the standard Iceberg SQL catalog)"
  say "  the table  $HEADRACE_HOME/lake/bronze/orders"
}

extension() { echo "$VENV"/lib/python3*/site-packages/duckdb_extension_"$1"/extensions/*/"$1".duckdb_extension; }

# The first line is for any DuckDB that can fetch its extension; the second needs no network.
show_readers() {
  local query="SELECT * FROM iceberg_scan('$HEADRACE_HOME/lake/bronze/orders') LIMIT 5" avro iceberg
  avro="$(extension avro)"
  iceberg="$(extension iceberg)"
  title "Read it with DuckDB (paste into duckdb; or, offline, into this shell):"
  say "  INSTALL iceberg; LOAD iceberg; $query;"
  say "  $VENV/bin/python -c \"import duckdb; duckdb.sql(\\\"LOAD '$avro'; LOAD '$iceberg'; $query\\\").show()\""
  title "Read it with pyiceberg (paste into $VENV/bin/python):"
  say "  from pyiceberg.catalog.sql import SqlCatalog; print(SqlCatalog('headrace'," \
    "uri='sqlite:///$HEADRACE_HOME/catalog.db').load_table('bronze.orders').scan(limit=5).to_arrow().to_pylist())"
}

show_next() {
  title "Try next"
  say "  $HEADRACE plan $PIPELINE"
  say "  $HEADRACE lake snapshots bronze.orders"
  say "  $HEADRACE init --from 'examples/quickstart/data/*.csv'"
}

run_pipeline
show_table
show_files
show_readers
show_next
