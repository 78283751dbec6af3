"""`make bench`: Headrace beside its limit and its peers, whole processes, interleaved rounds, medians and memory.

    bench.py [--rows N] [--rounds N] [--only json|postgres|memory]
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import data
import measure
from measure import Measurement
from postgres import Server

ROOT = Path(__file__).resolve().parents[2]
HEADRACE = Path(os.environ.get("HEADRACE_TEST_BINARY", ROOT / ".build/release/headrace"))
PYTHON = sys.executable

JSON_PIPELINE = """version: 1
pipeline: bench
source: {{plugin: file, config: {{path: "{path}", format: jsonl, stream: orders}}}}
transforms:
  - plugin: map
    config:
      filter: "status != 'cancelled'"
      cast: {{amount: "decimal(12, 2)"}}
      rename: {{cust: customer}}
destination: {{table: bench.orders, metadata_columns: []}}
"""

POSTGRES_PIPELINE = """version: 1
pipeline: bench
source: {{plugin: postgres, config: {{dsn: "{dsn}"}}, streams: [public.bench]}}
destination: {{table: bench.rows, metadata_columns: []}}
"""

DUCKDB_JSON = """
import duckdb
duckdb.sql("SET threads = 2")
duckdb.sql('''COPY (SELECT order_id, cust AS customer, status, amount::DECIMAL(12,2) AS amount, quantity, city,
  created_at::TIMESTAMPTZ AS created_at, note FROM read_json('{path}', format = 'newline_delimited')
  WHERE status <> 'cancelled') TO '{out}' (FORMAT parquet, COMPRESSION zstd)''')
"""

POLARS_JSON = """
import polars as pl
(pl.scan_ndjson('{path}').filter(pl.col('status') != 'cancelled').rename({{'cust': 'customer'}})
 .with_columns(pl.col('amount').cast(pl.Decimal(12, 2)), pl.col('created_at').str.to_datetime(time_zone='UTC'))
 .sink_parquet('{out}', compression='zstd'))
"""

DUCKDB_POSTGRES = """
import duckdb
duckdb.sql("SET threads = 2")
duckdb.sql("LOAD '{extension}'")
duckdb.sql("ATTACH '{dsn}' AS pg (TYPE postgres, READ_ONLY)")
duckdb.sql("COPY (SELECT * FROM pg.public.bench) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
"""

ADBC_POSTGRES = """
import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
catalog = SqlCatalog('bench', uri='sqlite:///{folder}/adbc.db', warehouse='file://{folder}/adbc')
catalog.create_namespace('bench')
with adbc.connect('{uri}') as connection, connection.cursor() as cursor:
    cursor.execute('SELECT * FROM bench')
    reader = cursor.fetch_record_batch()
    schema = pa.schema([f.with_type(pa.string()) if isinstance(f.type, pa.lib.BaseExtensionType) else f
                        for f in reader.schema])
    table = catalog.create_table('bench.rows', schema=schema)
    rows, size = [], 0
    for batch in reader:
        rows.append(pa.RecordBatch.from_arrays(
            [c.storage if isinstance(c, pa.lib.ExtensionArray) else c for c in batch.columns], schema=schema))
        size += batch.num_rows
        if size >= 1_000_000:
            table.append(pa.Table.from_batches(rows))
            rows, size = [], 0
    if rows:
        table.append(pa.Table.from_batches(rows))
"""


class Bench:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.homes = 0

    def headrace(self, pipeline):
        """One run of a pipeline into a new home, with the library store of the first one kept warm."""
        file = self.folder / "pipeline.yaml"
        file.write_text(pipeline)
        self.homes += 1
        home = self.folder / f"home-{self.homes}"
        command = [str(HEADRACE), "run", str(file), "--home", str(home), "--output", "json"]
        command += ["--plugins", str(ROOT / "plugins.d")]
        try:
            return measure.run(command)
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def python(self, program):
        out = self.folder / "out.parquet"
        try:
            return measure.run([PYTHON, "-c", program])
        finally:
            out.unlink(missing_ok=True)
            for leftover in self.folder.glob("adbc*"):
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()

    @property
    def out(self):
        return self.folder / "out.parquet"

    def json(self, rows, rounds):
        path = self.folder / "orders.jsonl"
        data.json_lines(path, rows)
        ours, duck, polars = (Measurement(name, rows) for name in ("headrace, into Iceberg", "DuckDB, to Parquet",
                                                                  "polars, to Parquet"))
        measure.interleaved([
            (ours, lambda: self.headrace(JSON_PIPELINE.format(path=path))),
            (duck, lambda: self.python(DUCKDB_JSON.format(path=path, out=self.out))),
            (polars, lambda: self.python(POLARS_JSON.format(path=path, out=self.out))),
        ], rounds)
        size = path.stat().st_size / rows
        measure.table(f"(b) {rows:,} JSON lines of {size:.0f} bytes: filter, rename, cast; the limit is DuckDB",
                      [ours, duck, polars], duck)
        path.unlink()
        return ours

    def postgres(self, rows, rounds):
        with Server() as server:
            server.psql(data.TABLE)
            server.psql(data.FILL.format(rows=rows))
            server.psql("VACUUM (ANALYZE, FREEZE) bench")
            names = ["COPY (FORMAT binary) to a pipe", "headrace, into Iceberg",
                     "DuckDB postgres extension, to Parquet", "ADBC + pyiceberg, into Iceberg"]
            copy, ours, duck, adbc = (Measurement(name, rows) for name in names)
            program = DUCKDB_POSTGRES.format(
                extension=extension("postgres_scanner"), dsn=server.dsn, out=self.out)
            adbc_program = ADBC_POSTGRES.format(folder=self.folder, uri=server.uri)
            contenders = [
                (copy, lambda: server.copy("COPY bench TO STDOUT (FORMAT binary)")),
                (ours, lambda: self.headrace(POSTGRES_PIPELINE.format(dsn=server.dsn))),
            ]
            if extension("postgres_scanner"):
                contenders.append((duck, lambda: self.python(program)))
            contenders.append((adbc, lambda: self.python(adbc_program)))
            measure.interleaved(contenders, rounds)
            measure.table(f"(a) PostgreSQL, {rows:,} rows of 7 columns; the limit is COPY", [m for m, _ in contenders],
                          copy)

    def memory(self, rows, rounds):
        """The same pipeline over ten times the rows has the same peak: medians of interleaved rounds."""
        few, many = self.folder / "few.jsonl", self.folder / "many.jsonl"
        data.json_lines(few, rows)
        data.repeat(few, 10, many)
        peaks = {few: [], many: []}
        for _ in range(rounds):
            for path, seen in peaks.items():
                seen.append(self.headrace(JSON_PIPELINE.format(path=path))[1])
        less, more = (statistics.median(peaks[path]) for path in (few, many))
        most = max(peaks[few] + peaks[many])
        print(f"\nmemory: {rows:,} rows {less / 1e6:.0f} MB, {rows * 10:,} rows {more / 1e6:.0f} MB, "
              f"ratio {more / less:.3f}; of {rounds} runs each the most was {most / 1e6:.0f} MB", flush=True)
        few.unlink()
        many.unlink()


def extension(name):
    """The path of a DuckDB extension that a wheel brought; empty if there is none."""
    for site in sys.path:
        found = sorted(Path(site).glob(f"duckdb_extension_{name}/extensions/*/*.duckdb_extension"))
        if found:
            return str(found[0])
    return ""


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=2_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--only", choices=["json", "postgres", "memory"])
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="headrace-bench-") as folder:
        bench = Bench(folder)
        if options.only in (None, "postgres"):
            bench.postgres(options.rows, options.rounds)
        if options.only in (None, "json"):
            bench.json(options.rows, options.rounds)
        if options.only in (None, "memory"):
            bench.memory(options.rows, options.rounds)


if __name__ == "__main__":
    main()
