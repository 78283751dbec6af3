"""Random predicates over a column: what both readers find with pruning against what reading everything finds."""

import datetime
import operator
import uuid

import duckdb
import pyarrow as pa
import readers
from pyiceberg import expressions

COMPARISONS = {
    "=": (operator.eq, expressions.EqualTo), "<>": (operator.ne, expressions.NotEqualTo),
    "<": (operator.lt, expressions.LessThan), "<=": (operator.le, expressions.LessThanOrEqual),
    ">": (operator.gt, expressions.GreaterThan), ">=": (operator.ge, expressions.GreaterThanOrEqual),
}
SQL_NAMES = {"float": "FLOAT", "double": "DOUBLE", "int": "INTEGER", "long": "BIGINT", "boolean": "BOOLEAN"}


class Predicate:
    """A condition in three languages; `holds` decides over a row's neutral value and is the reference."""

    def __init__(self, column, text, holds, pyiceberg):
        self.sql, self.pyiceberg = f'"{column}" {text}', pyiceberg
        self.holds = lambda row: row[column] is not None and holds(row[column])


def moment(value, kind):
    """A date or time of the neutral form as ISO 8601."""
    if kind == "date":
        return (readers.EPOCH + datetime.timedelta(days=value)).date().isoformat()
    stamp = readers.EPOCH + value * readers.MICROSECOND
    if kind == "time":
        return stamp.time().isoformat()
    return stamp.isoformat() + ("+00:00" if kind == "timestamptz" else "")


def is_moment(kind):
    return kind in ("date", "time", "timestamp", "timestamptz")


def as_pyiceberg(value, kind):
    if is_moment(kind):
        return moment(value, kind)
    return uuid.UUID(value) if kind == "uuid" else value


def as_sql(value, kind):
    if is_moment(kind):
        return f"CAST('{moment(value, kind)}' AS {kind.upper()})"
    if kind == "binary":
        return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
    if kind in ("string", "uuid"):
        quoted = "'" + value.replace("'", "''") + "'"
        return quoted + ("::UUID" if kind == "uuid" else "")
    name = SQL_NAMES.get(kind, kind.replace("decimal", "DECIMAL"))
    return f"CAST('{value!r}' AS {name})" if isinstance(value, float) else f"CAST('{value}' AS {name})"


def comparison(column, kind, symbol, value):
    holds, make = COMPARISONS[symbol]
    literal = as_pyiceberg(value, kind)
    return Predicate(column, f"{symbol} {as_sql(value, kind)}", lambda seen: holds(seen, value), make(column, literal))


def membership(column, kind, values, negated):
    text = ("NOT IN (" if negated else "IN (") + ", ".join(as_sql(value, kind) for value in values) + ")"
    condition = expressions.In(column, tuple(as_pyiceberg(value, kind) for value in values))
    if negated:
        # Iceberg's `not in` keeps nulls, SQL's does not.
        condition = expressions.And(expressions.Not(condition), expressions.NotNull(column))
    return Predicate(column, text, lambda seen: (seen in values) != negated, condition)


def nullness(column, negated):
    made = Predicate(column, "IS NOT NULL" if negated else "IS NULL", lambda seen: True,
                     (expressions.NotNull if negated else expressions.IsNull)(column))
    made.holds = lambda row: (row[column] is not None) == negated
    return made


def prefixed(column, value, negated):
    quoted = value.replace("'", "''")
    made = expressions.NotStartsWith if negated else expressions.StartsWith
    text = f"IS NOT NULL AND starts_with(\"{column}\", '{quoted}') = {str(not negated).lower()}"
    return Predicate(column, text, lambda seen: seen.startswith(value) != negated, made(column, value))


def predicates(random, column, kind, rows, count):
    """`count` random comparisons with values that occur, and one of every other sort."""
    values = [row[column] for row in rows if row[column] is not None and row[column] != "\u0000"]
    symbols = ["=", "<>"] if kind in ("uuid", "boolean") else list(COMPARISONS)
    asked = ["="] + [random.choice(symbols) for _ in range(count - 1)]
    made = [comparison(column, kind, symbol, random.choice(values)) for symbol in asked]
    some = [random.choice(values) for _ in range(3)]
    # Negated lists are left to types with many values: an empty answer proves nothing.
    made += [membership(column, kind, some, False), nullness(column, False), nullness(column, True)]
    if kind not in ("uuid", "boolean"):
        made.append(membership(column, kind, some, True))
    if kind == "string":
        made += [prefixed(column, value[:2], negated) for value in some if value for negated in (False, True)]
    return made


def found_by_pyiceberg(table, predicate, everything):
    """(ids found, files planned). pyarrow compares no UUIDs: then the planned files have to hold what is wanted."""
    scan = table.scan(row_filter=predicate.pyiceberg)
    planned = [task.file.file_path for task in scan.plan_files()]
    try:
        return sorted(scan.to_arrow()["id"].to_pylist()), len(planned)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid, TypeError):
        held = {number for path in planned for number in readers.file_rows(path, ["id"])}
        return [number for number in everything if number in held], len(planned)


def found_by_duckdb(source, predicate):
    query = f"SELECT id FROM {source} WHERE {predicate.sql} ORDER BY id"
    try:
        return [number for number, in readers.duck().execute(query).fetchall()]
    except duckdb.InternalException as error:
        # The connection is of no use any more.
        readers.duck.cache_clear()
        return str(error).partition("\n")[0]


class Outcome:
    def __init__(self):
        self.problems, self.scans, self.planned, self.total = [], 0, 0, 0


def compare(home, name, column, kind, expected, random, count, bypassed=()):
    """Asks both readers; `bypassed` names a reader that is known to be wrong about such a table."""
    loaded, source, outcome = readers.table(home, name), readers.scan(home, name), Outcome()
    files = len(list(loaded.scan().plan_files()))
    for predicate in predicates(random, column, kind, expected, count):
        wanted = sorted(row["id"] for row in expected if predicate.holds(row))
        seen, planned = found_by_pyiceberg(loaded, predicate, wanted)
        answers = {"pyiceberg": seen, "duckdb": found_by_duckdb(source, predicate)}
        outcome.scans += 1
        outcome.planned += planned
        outcome.total += files
        for reader, ids in answers.items():
            if ids != wanted and reader not in bypassed:
                label = f"{reader}: {name} WHERE {predicate.sql}"
                seen = ids if isinstance(ids, str) else f"{len(ids)} rows"
                outcome.problems.append(f"{label}: {seen} instead of {len(wanted)} rows")
    return outcome
