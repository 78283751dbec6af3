import CArrow
@testable import HostFormats
import HostModel
import Testing

@Suite struct ExactCastTests {
  /// The values of a column, told in another type; nil where there is none.
  private func cast(_ from: DataType, _ to: DataType, _ column: consuming OwnedArray) throws -> [IcebergValue?] {
    let cast = try #require(ExactCast(from: from, to: to))
    var array = column.take()
    defer { array.release?(&array) }
    let cells = ArrowCells(array, type: from)
    var built = cast.column(cells, rows: Int(array.length)).take()
    defer { built.release?(&built) }
    let told = ArrowCells(built, type: to)
    for row in 0..<Int(array.length) { #expect(told.value(row) == cast.value(cells, row)) }
    return (0..<Int(array.length)).map { told.value($0) }
  }

  private func texts(_ values: [String?]) -> OwnedArray {
    var builder = ColumnBuilder(.string)
    for value in values { builder.append(value) }
    return builder.finish()
  }

  private func longs(_ values: [Int64?]) -> OwnedArray {
    var builder = ColumnBuilder(.long)
    for value in values { builder.append(value) }
    return builder.finish()
  }

  private func doubles(_ values: [Double?]) -> OwnedArray {
    var builder = ColumnBuilder(.double)
    for value in values { builder.append(value) }
    return builder.finish()
  }

  @Test func textIsANumberAsJSONWritesIt() throws {
    let column = texts(["7", "-40", "0", "007", "+7", " 7", "7.0", "7.5", "two", "", "9223372036854775808", nil, "1e3"])
    let found = try cast(.string, .integer(bits: 64), column)
    #expect(
      found == [.integer(7), .integer(-40), .integer(0), nil, nil, nil, .integer(7), nil, nil, nil, nil, nil, nil])
    let decimals = try cast(
      .string, .decimal(precision: 4, scale: 2), texts(["1.5", "99.99", "100", "0.001", "-0.10"]))
    #expect(decimals == [.decimal(150), .decimal(9999), nil, nil, .decimal(-10)])
    #expect(try cast(.string, .double, texts(["0.5", "NaN", "-3"])) == [.double(0.5), nil, .double(-3)])
  }

  @Test func aNumberIsTheSameNumberOrNone() throws {
    let edge = Int64(1) << 53
    let numbers = longs([1, edge, edge + 1, nil, .min])
    #expect(
      try cast(.integer(bits: 64), .double, numbers)
        == [.double(1), .double(Double(edge)), nil, nil, .double(Double(Int64.min))])
    #expect(
      try cast(.integer(bits: 64), .integer(bits: 32), longs([2_147_483_647, 2_147_483_648, -2_147_483_649]))
        == [.integer(2_147_483_647), nil, nil])
    #expect(
      try cast(.double, .integer(bits: 64), doubles([2, 2.5, .infinity, 1e19])) == [.integer(2), nil, nil, nil])
    #expect(try cast(.double, .float, doubles([0.5, 0.1, 1e300])) == [.float(0.5), nil, nil])
    #expect(
      try cast(.integer(bits: 64), .decimal(precision: 3, scale: 1), longs([12, 99, 100])) == [
        .decimal(120), .decimal(990), nil,
      ])
  }

  @Test func everythingButBytesHasAText() throws {
    #expect(try cast(.integer(bits: 64), .string, longs([7, nil])) == [.string("7"), nil])
    #expect(try cast(.double, .string, doubles([2.5])) == [.string("2.5")])
    #expect(try cast(.timestamp(zoned: true), .string, longs([0])) == [.string("1970-01-01T00:00:00Z")])
  }

  @Test(arguments: [
    (DataType.binary, DataType.string), (.string, .boolean), (.boolean, .integer(bits: 64)), (.string, .date),
    (.timestamp(zoned: true), .date), (.double, .decimal(precision: 5, scale: 2)),
    (.list(Field("element", .string)), .string), (.integer(bits: 64), .uuid),
  ])
  func thereIsNoCast(from: DataType, to: DataType) { #expect(ExactCast(from: from, to: to) == nil) }
}
