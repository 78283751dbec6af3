import HostFormats
import HostModel

/// Sorts the rows of batches by partition.
///
/// Each field of the spec gives a row a small number, its code; rows with the same codes are of one partition. A column's
/// values are turned into codes through a dictionary with the last value in front, since neighbours are mostly alike.
struct PartitionRouter {
  /// Rows of one batch that belong to one partition.
  struct Group {
    var values: [IcebergValue?]
    /// The values as the partition is known by; see `IcebergValue.canonical`.
    var key: [IcebergValue?]
    /// Nil: all rows of the batch.
    var rows: [Int32]?
  }

  private struct Source {
    var column: Int
    var transform: PartitionTransform
    var type: IcebergType
  }

  private let sources: [Source]

  /// - Parameters:
  ///   - schema: the batches' columns with the table's field ids.
  /// - Throws: for a spec whose source column the batches do not have.
  init(_ spec: PartitionSpec, schema: Schema, table: IcebergSchema) throws(Failure) {
    var sources: [Source] = []
    for field in spec.fields {
      // A partition field of another column, or of none any more, is always null.
      if case .void = field.transform { continue }
      guard let column = schema.fields.firstIndex(where: { $0.id == field.sourceID }),
        let source = table.field(id: field.sourceID)
      else {
        throw Failure(
          .invalidInput, "the table is partitioned by '\(field.name)', whose column the stream does not have",
          advice: "add the column in a transform", status: .invalidConfig)
      }
      sources.append(Source(column: column, transform: field.transform, type: source.type))
    }
    self.sources = sources
  }

  var isPartitioned: Bool { !sources.isEmpty }

  func route(_ batch: borrowing RecordBatch) -> [Group] {
    let schema = batch.schema
    let rowCount = batch.rowCount
    guard isPartitioned else { return [Group(values: [], key: [], rows: nil)] }
    return batch.withArray { array in
      let columns = ArrowCells.columns(of: array, schema)
      let coded = sources.map { Self.encode(columns[$0.column], $0, rowCount: rowCount) }
      return Self.group(coded, rowCount: rowCount)
    }
  }

  private struct Coded {
    var codes: [Int32]
    var values: [IcebergValue?]
  }

  private static func encode(_ cells: ArrowCells, _ source: Source, rowCount: Int) -> Coded {
    var coded = Coded(codes: [], values: [])
    coded.codes.reserveCapacity(rowCount)
    var known: [IcebergValue?: Int32] = [:]
    var last: (value: IcebergValue?, code: Int32)?
    // Values before the transform are compared first: equal ones need no transform.
    var lastSource: IcebergValue??
    for row in 0..<rowCount {
      let value = cells.value(row)
      if let last, lastSource == .some(value) {
        coded.codes.append(last.code)
        continue
      }
      lastSource = .some(value)
      let transformed = source.transform.apply(value, type: source.type)?.promoted(to: source.type)
      let key = transformed?.canonical
      if let last, last.value == key {
        coded.codes.append(last.code)
        continue
      }
      let code = known[key] ?? Int32(coded.values.count)
      if Int(code) == coded.values.count {
        known[key] = code
        coded.values.append(transformed)
      }
      coded.codes.append(code)
      last = (key, code)
    }
    return coded
  }

  private static func group(_ coded: [Coded], rowCount: Int) -> [Group] {
    var groups: [Group] = []
    var known: [[Int32]: Int] = [:]
    var last: (codes: [Int32], group: Int)?
    for row in 0..<rowCount {
      let codes = coded.map { $0.codes[row] }
      if let last, last.codes == codes {
        groups[last.group].rows?.append(Int32(row))
        continue
      }
      let index = known[codes] ?? groups.count
      if index == groups.count {
        known[codes] = index
        let values = zip(coded, codes).map { $0.values[Int($1)] }
        groups.append(Group(values: values, key: values.map { $0?.canonical }, rows: []))
      }
      groups[index].rows?.append(Int32(row))
      last = (codes, index)
    }
    if groups.count == 1 { groups[0].rows = nil }
    return groups
  }
}

extension IcebergValue {
  /// A stream may give `float` where the table has `double` by now.
  fileprivate func promoted(to type: IcebergType) -> IcebergValue {
    if case .float(let number) = self, type == .double { return .double(Double(number)) }
    return self
  }

  /// The value as something that equals itself: every NaN is of one partition. No column of numbers holds a text.
  fileprivate var canonical: IcebergValue { isNaN ? .string("NaN") : self }
}
