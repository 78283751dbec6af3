/// Recomputes a file's summary from its rows, by the definition of the Iceberg specification.
enum ParquetSummaryOracle {
  /// Argument: the file. Input: a line for each column: field id, values, nulls, NaNs, lower, upper (hexadecimal or -).
  static let script = """
    import sys, struct, math, datetime, decimal, uuid, pyarrow as pa, pyarrow.parquet as pq
    table = pq.read_table(sys.argv[1])
    leaves = {}

    def visit(value, field):
        kind = field.type
        if pa.types.is_map(kind):
            for key, item in value or []:
                visit(key, kind.key_field)
                visit(item, kind.item_field)
        elif pa.types.is_list(kind):
            for one in value or []: visit(one, kind.value_field)
        elif pa.types.is_struct(kind):
            for child in kind: visit(None if value is None else value[child.name], child)
        else:
            leaves.setdefault(int(field.metadata[b"PARQUET:field_id"]), (kind, []))[1].append(value)

    def encode(value, kind):
        if pa.types.is_boolean(kind): return bytes([value])
        if pa.types.is_int64(kind): return struct.pack("<q", value)
        if pa.types.is_int32(kind): return struct.pack("<i", value)
        if pa.types.is_float32(kind): return struct.pack("<f", value)
        if pa.types.is_float64(kind): return struct.pack("<d", value)
        if pa.types.is_string(kind): return value.encode()
        if pa.types.is_date(kind): return struct.pack("<i", (value - datetime.date(1970, 1, 1)).days)
        if pa.types.is_time(kind):
            seconds = (value.hour * 60 + value.minute) * 60 + value.second
            return struct.pack("<q", seconds * 10**6 + value.microsecond)
        if pa.types.is_timestamp(kind):
            since = value.replace(tzinfo=None) - datetime.datetime(1970, 1, 1)
            return struct.pack("<q", since // datetime.timedelta(microseconds=1))
        if pa.types.is_decimal(kind):
            unscaled = int(value.scaleb(kind.scale, decimal.Context(prec=60)))
            size = 1
            while not -(1 << (8 * size - 1)) <= unscaled < (1 << (8 * size - 1)): size += 1
            return unscaled.to_bytes(size, "big", signed=True)
        return value.bytes if isinstance(value, uuid.UUID) else value

    def bounds(values, kind):
        if not values: return "-", "-"
        low, high = min(values), max(values)
        if pa.types.is_floating(kind): low, high = -0.0 if low == 0 else low, 0.0 if high == 0 else high
        return encode(low, kind).hex(), encode(high, kind).hex()

    for field in table.schema:
        for value in table[field.name].to_pylist(): visit(value, field)
    given = {int(line.split()[0]): line.split()[1:] for line in sys.stdin}
    assert given.keys() == leaves.keys(), (given.keys(), leaves.keys())
    for number, (kind, values) in leaves.items():
        present = [value for value in values if value is not None]
        nans = [value for value in present if isinstance(value, float) and math.isnan(value)]
        ordered = [value for value in present if not (isinstance(value, float) and math.isnan(value))]
        count = len(nans) if pa.types.is_floating(kind) else -1
        expected = [str(len(values)), str(len(values) - len(present)), str(count), *bounds(ordered, kind)]
        assert given[number] == expected, (number, kind, given[number], expected)
    print(len(leaves))
    """
}
