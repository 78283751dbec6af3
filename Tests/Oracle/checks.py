"""The checks that the reader tests ask for, one function each; each prints one answer."""

import random

import predicates
import readers
import typed

# Each of these is seen in tables that pyiceberg wrote as well, so it is not about ours.
# DuckDB 1.5.5 prunes by the bucket of a UUID in another byte order than the specification's, by truncated decimals as
# if they were unsigned 64-bit numbers, and by years, months and days before 1970 one too late.
DUCKDB_ALWAYS = {("bucket", "uuid"), ("truncate", "decimal")}
DUCKDB_BEFORE_1970 = {"year", "month", "day"}
# pyiceberg 0.12.0 compares an identity partition of a UUID with its bytes, and reads that of a double as a float.
PYICEBERG_ALWAYS = {("identity", "uuid"), ("identity", "double")}
# pyiceberg 0.12.0 reads a null list of structures as an empty one; the Parquet file says null, and DuckDB reads it.
NULL_STRUCTURE_LISTS = ["people"]


def seen_by_pyiceberg(found, reference):
    """Rows with what pyiceberg is known to misread taken from the reference, where it misread just that."""
    known = {row["id"]: row for row in reference}
    for row in found:
        for column in NULL_STRUCTURE_LISTS:
            if row[column] == [] and known[row["id"]][column] is None:
                row[column] = None
    return found


def write_typed(seed, folder, parts, count):
    """Files of rows that move up the range of every type, and one of extreme values."""
    typed.write(f"{folder}/t-0.jsonl", typed.extremes(0))
    for part in range(parts):
        made = typed.Rows(seed, part, parts).rows(1000 * (part + 1), count)
        typed.write(f"{folder}/t-{part + 1}.jsonl", made)
    readers.answer([], schema=typed.json.dumps({name: typed.spelled(kind) for name, kind in typed.TYPES.items()}))


def every_type(home, name, paths):
    """Every value of every row, by both readers."""
    expected = typed.expected(*paths)
    found = seen_by_pyiceberg(readers.iceberg_rows(home, name), expected)
    problems = readers.differences("pyiceberg", found, expected)
    problems += readers.differences("duckdb", readers.duck_rows(home, name), expected)
    readers.answer(problems, rows=len(expected))


def time_travel(home, name, paths):
    """After snapshot n both readers see the files up to n."""
    snapshots, problems = readers.table(home, name).snapshots(), []
    for index, snapshot in enumerate(snapshots):
        expected = typed.expected(*paths[: index + 1])
        found = seen_by_pyiceberg(readers.iceberg_rows(home, name, snapshot.snapshot_id), expected)
        problems += readers.differences(f"pyiceberg, snapshot {index}", found, expected)
        found = readers.duck_rows(home, name, snapshot.snapshot_id)
        problems += readers.differences(f"duckdb, snapshot {index}", found, expected)
    readers.answer(problems, snapshots=len(snapshots))


def pruning(home, name, paths, seed):
    """Pruned equals unpruned for every type, and every type prunes."""
    expected, problems, facts = typed.expected(*paths), [], {}
    for column in typed.SCALARS:
        asked = random.Random(f"{seed}{column}")
        outcome = predicates.compare(home, name, column, typed.TYPES[column], expected, asked, 3)
        problems += outcome.problems
        facts[column] = outcome.total - outcome.planned
        if outcome.planned >= outcome.total:
            problems.append(f"{column}: {outcome.scans} predicates planned every file")
    readers.answer(problems, **facts)


# Partitions


def partition_cases():
    """(transform, column, are its values after 1970) of every transform over every type that it takes."""
    moments = ["day", "local", "instant"]
    hashed = ["small", "big", "d9", "d18", "d38", "day", "clock", "local", "instant", "text", "uid", "raw"]
    cases = [("identity", column) for column in typed.SCALARS if column != "id"]
    cases += [("bucket", column) for column in hashed]
    cases += [("truncate", column) for column in ["small", "big", "d9", "d18", "d38", "text", "raw"]]
    cases += [(transform, column) for transform in ["year", "month", "day"] for column in moments]
    cases += [("hour", "local"), ("hour", "instant"), ("void", "text")]
    late = [(transform, column, True) for transform, column in cases if transform in DUCKDB_BEFORE_1970]
    return [(transform, column, False) for transform, column in cases] + late


def bypassed(transform, column, is_late):
    """The readers that are not asked to prune a table, since they do it wrongly."""
    kind = typed.TYPES[column].split("(")[0]
    if (transform, kind) in PYICEBERG_ALWAYS:
        return ["pyiceberg"]
    is_known = (transform, kind) in DUCKDB_ALWAYS or (transform in DUCKDB_BEFORE_1970 and not is_late)
    return ["duckdb"] if is_known else []


def write_partitioned(seed, folder, count):
    """A file per case: `id` and one column of eight values and null; answers (expression, type) by case."""
    cases = []
    for number, (transform, column, is_late) in enumerate(partition_cases()):
        maker = typed.Rows(f"{seed}/{number}", 1 if is_late else 0, 2 if is_late else 1, null=0).makers()[column]
        pool = [maker() for _ in range(8)] + [None]
        chosen = random.Random(f"{seed}/{number}/rows")
        typed.write(f"{folder}/p-{number}.jsonl", [{"id": i, column: chosen.choice(pool)} for i in range(count)])
        width = {"bucket": "4, ", "truncate": "3, "}.get(transform, "")
        cases.append([f"{transform}({width}{column})", column, typed.TYPES[column]])
    readers.answer([], cases=typed.json.dumps(cases))


def partitions(home, folder, seed):
    """Rows, partition values by pyiceberg's own transforms, and pruning, for every case."""
    problems, scans, skipped = [], 0, 0
    for number, (transform, column, is_late) in enumerate(partition_cases()):
        name, kind = f"p.c{number}", typed.TYPES[column]
        expected = typed.expected(f"{folder}/p-{number}.jsonl", columns=["id", column])
        problems += readers.differences(f"pyiceberg, {transform}", readers.iceberg_rows(home, name), expected)
        problems += readers.differences(f"duckdb, {transform}", readers.duck_rows(home, name), expected)
        if (transform, kind) != ("identity", "double"):
            problems += wrong_partitions(home, name, column)
        asked = random.Random(f"{seed}/{number}/asked")
        outcome = predicates.compare(home, name, column, kind, expected, asked, 2, bypassed(transform, column, is_late))
        problems += outcome.problems
        scans, skipped = scans + outcome.scans, skipped + outcome.total - outcome.planned
    readers.answer(problems, tables=len(partition_cases()), scans=scans, skipped=skipped)


def wrong_partitions(home, name, column):
    """Data files whose partition value is not what pyiceberg's transform makes of each of their rows."""
    loaded, problems = readers.table(home, name), []
    field = loaded.spec().fields[0]
    apply = field.transform.transform(loaded.schema().find_type(column))
    seen = []
    for task in loaded.scan().plan_files():
        value = plain(task.file.partition[0])
        seen.append(value)
        made = {plain(apply(raw)) for raw in readers.raw_values(task.file.file_path, column)}
        if made != {value}:
            problems.append(f"{name}, {field.transform} of {column}: rows of {made} in partition {value!r}")
    if len(set(seen)) != len(seen):
        problems.append(f"{name}: {len(seen)} files for {len(set(seen))} partitions")
    return problems


def plain(value):
    return value.bytes if isinstance(value, readers.uuid.UUID) else value


# Whole tables


def contents(home, name):
    """All rows by both readers, which have to agree; as JSON, in the order of `id`."""
    found = readers.iceberg_rows(home, name)
    problems = readers.differences("duckdb against pyiceberg", readers.duck_rows(home, name), found)
    loaded = readers.table(home, name)
    snapshots = [str(snapshot.snapshot_id) for snapshot in loaded.snapshots()]
    planned = [task.file for task in loaded.scan().plan_files()]
    files = [[file.file_path, file.record_count, file.file_size_in_bytes] for file in planned]
    columns = [[field.name, str(field.field_type), field.required] for field in loaded.schema().fields]
    facts = {"rows": readers.by_id(found), "snapshots": snapshots, "files": files, "columns": columns}
    readers.answer(problems, **{key: typed.json.dumps(value, default=str) for key, value in facts.items()})


def large(home, name, count):
    """`count` rows with the ids 0, 1, 2, ... in one snapshot."""
    loaded = readers.table(home, name)
    wanted, problems = list(range(count)), []
    ids = sorted(loaded.scan(selected_fields=("id",)).to_arrow()["id"].to_pylist())
    query = f"SELECT id FROM {readers.scan(home, name)} ORDER BY id"
    other = [number for number, in readers.duck().execute(query).fetchall()]
    for reader, seen in (("pyiceberg", ids), ("duckdb", other)):
        if seen != wanted:
            problems.append(f"{reader}: {len(seen)} rows of {count}")
    sizes = [task.file.file_size_in_bytes for task in loaded.scan().plan_files()]
    readers.answer(problems, files=len(sizes), snapshots=len(loaded.snapshots()), sizes=sizes)


def replaced(home, name, count, text):
    """`main` holds `count` rows of one load, and its history only whole overwrites."""
    loaded, problems = readers.table(home, name), []
    query = f"SELECT count(*), count(DISTINCT id), min(v), max(v) FROM {readers.scan(home, name)}"
    seen = readers.duck().execute(query).fetchone()
    arrow = loaded.scan().to_arrow()
    mine = (arrow.num_rows, len(set(arrow["id"].to_pylist())), min(arrow["v"].to_pylist()), max(arrow["v"].to_pylist()))
    for reader, values in (("pyiceberg", mine), ("duckdb", seen)):
        if values != (count, count, text, text):
            problems.append(f"{reader}: {values}")
    history, snapshot = [], loaded.current_snapshot()
    while snapshot:
        history.append(snapshot.summary.operation.value)
        parent = snapshot.parent_snapshot_id
        snapshot = loaded.snapshot_by_id(parent) if parent else None
    if set(history) != {"overwrite"}:
        problems.append(f"main's history: {history}")
    readers.answer(problems, snapshots=len(history), refs=typed.json.dumps(sorted(loaded.metadata.refs)))


# PostgreSQL


def from_psql(text, form):
    """psql's text as a neutral value."""
    if text == "\\N":
        return None
    return {
        "boolean": lambda: text == "t", "integer": lambda: int(text), "real": lambda: float(text),
        "single": lambda: readers.declared(float(text), "float"), "decimal": lambda: readers.decimal.Decimal(text),
        "bytes": lambda: bytes.fromhex(text), "json": lambda: typed.json.loads(text),
    }.get(form, lambda: text)()


def postgres_types(home, name, columns, expected):
    """Iceberg types by the schema, and every value by both readers."""
    rows = [{"id": index} | {column: from_psql(text, form) for (column, _, form), text in zip(columns, texts)}
            for index, texts in enumerate(expected)]
    loaded, problems = readers.table(home, name), []
    for column, kind, _ in columns:
        seen = str(loaded.schema().find_type(column)).replace(" ", "")
        if seen != kind.replace(" ", ""):
            problems.append(f"{column}: {seen} instead of {kind}")
    problems += readers.differences("pyiceberg", readers.iceberg_rows(home, name), rows, 12)
    problems += readers.differences("duckdb", readers.duck_rows(home, name), rows, 12)
    readers.answer(problems, values=len(rows) * len(columns))


def numbered(home, name, key, count):
    """Rows `key` = 0, 1, 2, ... whose other column says so."""
    problems = []
    found = (("pyiceberg", readers.iceberg_rows(home, name)), ("duckdb", readers.duck_rows(home, name)))
    for reader, rows in found:
        seen = sorted((row[key], *(value for column, value in row.items() if column != key)) for row in rows)
        if seen != [(number, f"row {number}") for number in range(count)]:
            problems.append(f"{reader}: {name}: {len(seen)} rows of {count}, first {seen[:1]}")
    readers.answer(problems)


def sums(home, name, expressions, expected):
    """Aggregates as PostgreSQL gave them: by DuckDB over its scan, and by DuckDB over pyiceberg's rows."""
    problems, rows = [], readers.table(home, name).scan().to_arrow()
    for reader, source in (("duckdb", readers.scan(home, name)), ("pyiceberg", "rows")):
        query = f"SELECT {', '.join(expressions)} FROM {source}"
        seen = [str(value) for value in readers.duck().execute(query).fetchone()]
        if seen != expected:
            problems.append(f"{reader}: {name}: {seen} instead of {expected}")
    readers.answer(problems, pyiceberg=rows.num_rows)
