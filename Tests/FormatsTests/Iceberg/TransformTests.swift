import HostFormats
import TestSupport
import Testing

/// Every transform of every type that it takes, on 10,000 values each, against pyiceberg.
@Suite struct TransformTests {
  private struct Case: Sendable {
    var type: IcebergType
    var transform: PartitionTransform
  }

  private static let types: [IcebergType] = [
    .boolean, .int, .long, .decimal(precision: 9, scale: 2), .decimal(precision: 18, scale: 4),
    .decimal(precision: 38, scale: 10), .date, .time, .timestamp, .timestamptz, .string, .uuid, .fixed(5), .binary,
  ]

  private static let transforms: [PartitionTransform] = [
    .identity, .bucket(1), .bucket(16), .bucket(1_000_003), .truncate(1), .truncate(10), .truncate(999), .year, .month,
    .day, .hour, .void,
  ]

  @Test func tenThousandValuesOfEachTypeAgreeWithPyiceberg() throws {
    let seed = TestSeed.of(1)
    print("seed \(seed)")
    var random = Mutator(seed: seed)
    let cases = Self.types.flatMap { type in
      Self.transforms.filter { $0.resultType(of: type) != nil }.map { Case(type: type, transform: $0) }
    }
    #expect(cases.count == 99)
    let values = Dictionary(
      uniqueKeysWithValues: Self.types.map { type in (type, Self.values(of: type, &random, count: 10_000)) })
    var input = JSONObject()
    for type in Self.types { input[type.description] = .array((values[type] ?? []).map { Self.json($0) }) }
    let request: JSONValue = [
      "values": .object(input),
      "cases": .array(cases.map { [.string($0.type.description), .string($0.transform.description)] }),
    ]
    let answer = try JSONValue.parse(try PythonOracle.run(Self.script, input: request.serialized()))
    for (index, one) in cases.enumerated() {
      let theirs = answer.arrayValue?[index].arrayValue ?? []
      let ours = (values[one.type] ?? []).map { Self.json(one.transform.apply($0, type: one.type)) }
      let different = zip(values[one.type] ?? [], zip(ours, theirs)).first { $1.0 != $1.1 }
      #expect(ours.count == theirs.count)
      #expect(different == nil, "\(one.transform) of \(one.type): \(String(describing: different))")
    }
  }

  private static func values(of type: IcebergType, _ random: inout Mutator, count: Int) -> [IcebergValue] {
    (0..<count).map { _ in RandomValue.make(type, &random) }
  }

  private static func json(_ value: IcebergValue?) -> JSONValue {
    switch value {
    case nil: .null
    case .boolean(let flag): .bool(flag)
    case .integer(let number): .integer(number)
    case .float(let number): .double(Double(number))
    case .double(let number): .double(number)
    case .decimal(let unscaled): .string(unscaled.description)
    case .string(let text): .string(text)
    case .bytes(let bytes): .string(bytes.map { String($0, radix: 16) }.joined(separator: " "))
    }
  }

  private static let script = """
    import json, sys, uuid
    from decimal import Decimal, getcontext
    getcontext().prec = 60
    from pyiceberg.transforms import parse_transform
    from pyiceberg.schema import Schema
    from pyiceberg.types import *
    request = json.loads(sys.stdin.buffer.read())
    def type_of(name):
        field = {"id": 1, "name": "f", "required": False, "type": name}
        return NestedField.model_validate(field).field_type
    def bytes_of(text):
        return bytes(int(b, 16) for b in text.split())
    def decode(t, v):
        if isinstance(t, DecimalType): return Decimal(int(v)).scaleb(-t.scale)
        if isinstance(t, UUIDType): return uuid.UUID(bytes=bytes_of(v))
        if isinstance(t, (FixedType, BinaryType)): return bytes_of(v)
        return v
    def encode(v, t):
        if isinstance(v, Decimal): return str(int(v.scaleb(t.scale)))
        if isinstance(v, uuid.UUID): v = v.bytes
        if isinstance(v, bytes): return " ".join(format(b, "x") for b in v)
        return v
    values = {n: [decode(type_of(n), v) for v in vs] for n, vs in request["values"].items()}
    answer = []
    for name, transform in request["cases"]:
        t = type_of(name)
        f = parse_transform(transform).transform(t)
        answer.append([encode(f(v), t) for v in values[name]])
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode())
    """

  @Test func integersNearTheEndOfTheirTypeWrap() {
    let truncated = PartitionTransform.truncate(10).apply(.integer(Int64(Int32.min)), type: .int)
    #expect(truncated == .integer(2_147_483_646))
    #expect(PartitionTransform.truncate(10).apply(.integer(.min), type: .long) == .integer(.min &- 2))
  }

  @Test func timesBefore1970AreFloored() {
    #expect(PartitionTransform.year.apply(.integer(-1), type: .timestamp) == .integer(-1))
    #expect(PartitionTransform.month.apply(.integer(-1), type: .date) == .integer(-1))
    #expect(PartitionTransform.day.apply(.integer(-1), type: .timestamptz) == .integer(-1))
    #expect(PartitionTransform.hour.apply(.integer(-3_600_000_001), type: .timestamp) == .integer(-2))
  }

  @Test func nullStaysNull() {
    for transform in Self.transforms { #expect(transform.apply(nil, type: .string) == nil) }
  }

  @Test func publishedHashesAreMet() {
    // The test vectors of the Iceberg specification's appendix on 32-bit hashes.
    #expect(Int32(bitPattern: Murmur3.hash(Int64(34))) == 2_017_239_379)
    #expect(Int32(bitPattern: Murmur3.hash(IcebergValue.minimalBigEndian(1420))) == -500_754_589)
    #expect(Int32(bitPattern: Murmur3.hash(Int64(17_486))) == -653_330_422)
    #expect(Int32(bitPattern: Murmur3.hash(Int64(81_068_000_000))) == -662_762_989)
    #expect(Int32(bitPattern: Murmur3.hash(Int64(1_510_871_468_000_000))) == -2_047_944_441)
    #expect(Int32(bitPattern: Murmur3.hash(Array("iceberg".utf8))) == 1_210_000_089)
    #expect(Int32(bitPattern: Murmur3.hash([0, 1, 2, 3] as [UInt8])) == -188_683_207)
  }

  @Test(arguments: [
    ("region", "region", "identity"), ("day(created_at)", "created_at", "day"), ("bucket(16, id)", "id", "bucket[16]"),
    (" truncate( 10 ,name ) ", "name", "truncate[10]"), ("BUCKET(4,a.b)", "a.b", "bucket[4]"),
  ])
  func expressionIsParsed(text: String, column: String, transform: String) throws {
    let parsed = try PartitionExpression.parse(text)
    #expect(parsed.column == column)
    #expect(parsed.transform.description == transform)
  }

  @Test(arguments: [
    ("days(x)", "unknown partition transform 'days'; did you mean 'day'?"),
    ("bucket(x)", "'bucket' takes a number and a column; write for example bucket(16, id)"),
    ("bucket(0, x)", "'bucket' takes a number and a column; write for example bucket(16, id)"),
    ("day(1, x)", "'day' takes a column and nothing else"),
    ("day(x", "the partition expression 'day(x' has no ')' at its end"),
    ("day()", "'day()' names no column; write for example day(created_at) or bucket(16, id)"),
    ("", "'' is no partition expression; write for example day(created_at) or bucket(16, id)"),
    (
      "rot13(x)",
      "unknown partition transform 'rot13'; known are bucket, day, hour, identity, month, truncate, void and year"
    ),
  ])
  func mistakenExpressionIsExplained(text: String, message: String) {
    let error = #expect(throws: IcebergError.self) { try PartitionExpression.parse(text) }
    #expect(error?.description == message)
  }
}
