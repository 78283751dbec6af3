"""What pyiceberg and DuckDB's Iceberg extension see in a lake that `headrace run` wrote.

Values are compared in one neutral form (`neutral`), made from Arrow's physical integers where Python's own types
are narrower than Iceberg's: a date in days, a time and a timestamp in microseconds, a decimal as a number of its scale.
"""

import base64
import datetime
import decimal
import functools
import glob
import json
import struct
import sys
import uuid
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import parquet
from pyiceberg.catalog.sql import SqlCatalog

decimal.getcontext().prec = 60
EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)


# Readers


def extension(name):
    """The offline copy of one of DuckDB's extensions."""
    folder = Path(duckdb.__file__).parent.parent / f"duckdb_extension_{name}"
    return glob.glob(f"{folder}/extensions/*/{name}.duckdb_extension")[0]


@functools.cache
def duck():
    connection = duckdb.connect(config={"threads": 2})
    for name in ("avro", "iceberg"):
        connection.execute(f"LOAD '{extension(name)}'")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def table(home, name):
    return SqlCatalog("headrace", uri=f"sqlite:///{home}/catalog.db").load_table(name)


def scan(home, name, snapshot=None):
    """The SQL of DuckDB's scan, of the newest snapshot by the catalog's word."""
    loaded = table(home, name)
    version = f", snapshot_from_id = {snapshot}::UBIGINT" if snapshot else ""
    return f"iceberg_scan('{loaded.metadata_location.removeprefix('file://')}'{version})"


def iceberg_rows(home, name, snapshot=None, **options):
    return rows(table(home, name).scan(snapshot_id=snapshot, **options).to_arrow())


def duck_rows(home, name, snapshot=None, where="true", columns="*"):
    source = scan(home, name, snapshot)
    return rows(duck().execute(f"SELECT {columns} FROM {source} WHERE {where}").to_arrow_table())


def file_rows(path, columns):
    """One column of one data file, read past both engines."""
    return parquet.read_table(path.removeprefix("file://"), columns=columns)[columns[0]].to_pylist()


def raw_values(path, column):
    """A data file's values as pyiceberg's transforms take them."""
    array = parquet.read_table(path.removeprefix("file://"), columns=[column])[column].combine_chunks()
    values = neutral_column(array)
    is_uuid = str(array.type) == "extension<arrow.uuid>"
    return [uuid.UUID(value) if is_uuid and value else value for value in values]


# Values


def rows(arrow):
    """Rows as dictionaries of neutral values."""
    columns = [neutral_column(arrow.column(index).combine_chunks()) for index in range(arrow.num_columns)]
    return [dict(zip(arrow.column_names, values)) for values in zip(*columns)]


def neutral_column(array):
    kind = array.type
    if isinstance(array, pa.ChunkedArray):
        return [value for chunk in array.chunks for value in neutral_column(chunk)]
    if pa.types.is_date(kind) or pa.types.is_time(kind) or pa.types.is_timestamp(kind):
        return array.cast(width(kind)).to_pylist()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return neutral_lists(array)
    if pa.types.is_struct(kind):
        return neutral_structs(array)
    return [neutral(value) for value in array.to_pylist()]


def neutral_lists(array):
    """Lists by their own offsets: `values` alone would hold what a slice left out."""
    values, offsets, valid = neutral_column(array.values), array.offsets.to_pylist(), array.is_valid().to_pylist()
    return [values[offsets[i] : offsets[i + 1]] if valid[i] else None for i in range(len(array))]


def neutral_structs(array):
    names = [field.name for field in array.type]
    members = zip(*[neutral_column(array.field(index)) for index in range(len(names))])
    return [dict(zip(names, values)) if valid else None for valid, values in zip(array.is_valid().to_pylist(), members)]


def width(kind):
    return pa.int32() if pa.types.is_date32(kind) else pa.int64()


def neutral(value):
    return str(value) if isinstance(value, uuid.UUID) else value


def declared(text, kind):
    """A value of the input file by its declared type, in the neutral form: read by nobody's reader but Python's."""
    if text is None:
        return None
    if isinstance(kind, list):
        return [declared(item, kind[0]) for item in text]
    if isinstance(kind, dict):
        return {name: declared(text.get(name), inner) for name, inner in kind.items()}
    return DECLARED.get(kind.split("(")[0], lambda same: same)(text)


def microseconds(text):
    moment = datetime.datetime.fromisoformat(text)
    return (moment - EPOCH.replace(tzinfo=datetime.timezone.utc if moment.tzinfo else None)) // MICROSECOND


DECLARED = {
    "decimal": decimal.Decimal,
    "date": lambda text: (datetime.date.fromisoformat(text) - EPOCH.date()).days,
    "time": lambda text: (datetime.datetime.fromisoformat("1970-01-01T" + text) - EPOCH) // MICROSECOND,
    "timestamp": microseconds,
    "timestamptz": microseconds,
    "float": lambda number: struct.unpack("f", struct.pack("f", number))[0],
    "double": float,
    "binary": base64.b64decode,
    "uuid": lambda text: str(uuid.UUID(text)),
}


# Differences


def by_id(found):
    return sorted(found, key=lambda row: row["id"])


def differences(label, found, expected, limit=3):
    """What two lists of rows disagree about, the first few of it."""
    if len(found) != len(expected):
        return [f"{label}: {len(found)} rows instead of {len(expected)}"]
    problems = []
    for left, right in zip(by_id(found), by_id(expected)):
        for column in right:
            # By their spelling: 1 and True, 0.0 and -0.0, 1.0 and 1.00 are equal to Python, and different values.
            seen, wanted = repr(left.get(column, "absent")), repr(right[column])
            if seen != wanted:
                problems.append(f"{label}: id {right['id']}, {column}: {seen} instead of {wanted}")
        if set(left) - set(right):
            problems.append(f"{label}: unexpected columns {sorted(set(left) - set(right))}")
    return problems[:limit]


def answer(problems, **facts):
    """The one line that the Swift side reads."""
    print(json.dumps({"problems": problems, "facts": {name: str(value) for name, value in facts.items()}}))


def main():
    """Runs `sys.argv[2]` of the module `sys.argv[1]`; its arguments are a JSON list on standard input."""
    module = __import__(sys.argv[1])
    getattr(module, sys.argv[2])(*json.load(sys.stdin))


if __name__ == "__main__":
    main()
