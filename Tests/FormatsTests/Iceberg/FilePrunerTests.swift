import HostFormats
import TestSupport
import Testing

/// A file that the pruner skips has no row that meets the predicate: every type, every transform, random predicates.
@Suite struct FilePrunerTests {
  private static let types: [IcebergType] = [
    .boolean, .int, .long, .float, .double, .decimal(precision: 9, scale: 2), .decimal(precision: 38, scale: 10), .date,
    .time, .timestamp, .timestamptz, .string, .uuid, .fixed(5), .binary,
  ]
  private static let transforms: [PartitionTransform] = [
    .identity, .bucket(4), .truncate(3), .truncate(1000), .year, .month, .day, .hour, .void,
  ]

  @Test func prunedFilesHaveNoMatchingRows() throws {
    let seed = TestSeed.of(1)
    print("seed \(seed)")
    var random = Mutator(seed: seed)
    var kept = 0
    var skipped = 0
    for type in Self.types {
      for transform in Self.transforms where transform.resultType(of: type) != nil {
        var world = try World(type: type, transform: transform, &random)
        for _ in 0..<150 {
          let predicate = world.randomPredicate(depth: 2, &random)
          let pruner = FilePruner(predicate, metadata: world.metadata)
          for (file, rows) in world.files {
            let summary = try Manifest(
              specID: 0,
              entries: [ManifestEntry(.added, snapshotID: 1, sequenceNumber: 1, fileSequenceNumber: 1, file: file)]
            ).summary(path: "m", length: 1, snapshotID: 1, sequenceNumber: 1, metadata: world.metadata)
            let matches = rows.contains { World.meets(predicate, $0) }
            let mayMatch = pruner.mayMatch(file, specID: 0)
            #expect(!matches || mayMatch, "\(transform) of \(type): \(predicate) on \(rows)")
            #expect(!matches || pruner.mayMatch(summary), "\(transform) of \(type), manifest: \(predicate) on \(rows)")
            if mayMatch { kept += 1 } else { skipped += 1 }
          }
        }
      }
    }
    print("kept \(kept), skipped \(skipped)")
    #expect(skipped > kept / 10)
  }

  /// One table of one column, with files of known rows.
  private struct World {
    var metadata: TableMetadata
    var files: [(DataFile, [IcebergValue?])] = []
    private let type: IcebergType
    private var seen: [IcebergValue] = []

    init(type: IcebergType, transform: PartitionTransform, _ random: inout Mutator) throws {
      self.type = type
      metadata = try TableMetadata(
        uuid: "u", location: "file:///t", schema: IcebergSchema(fields: [IcebergField(1, "c", type)]),
        partition: [PartitionExpression(transform: transform, column: "c")], timestampMS: 1)
      for _ in 0..<12 { try addFile(transform, &random) }
    }

    private mutating func addFile(_ transform: PartitionTransform, _ random: inout Mutator) throws {
      var rows: [IcebergValue?] = [randomValue(&random)]
      let partition = transform.apply(rows[0], type: type)
      for _ in 0..<20 {
        let value = randomValue(&random)
        if transform.apply(value, type: type) == partition { rows.append(value) }
      }
      seen += rows.compactMap { $0 }
      var file = DataFile(
        path: "f\(files.count)", partition: [partition], recordCount: Int64(rows.count), sizeInBytes: 1)
      if Int.random(in: 0..<5, using: &random) > 0 { try measure(rows, &file) }
      files.append((file, rows))
    }

    private func measure(_ rows: [IcebergValue?], _ file: inout DataFile) throws {
      file.valueCounts[1] = Int64(rows.count)
      file.nullValueCounts[1] = Int64(rows.count { $0 == nil })
      if type.isFloating { file.nanValueCounts[1] = Int64(rows.count { $0?.isNaN == true }) }
      let numbers = rows.compactMap { $0 }.filter { !$0.isNaN }
      let sorted = numbers.sorted { $0.isLess(than: $1) == true }
      guard let first = sorted.first, let last = sorted.last else { return }
      file.lowerBounds[1] = try ColumnBounds.lower(first, type: type)
      file.upperBounds[1] = try ColumnBounds.upper(last, type: type)
    }

    private func randomValue(_ random: inout Mutator) -> IcebergValue? {
      switch Int.random(in: 0..<10, using: &random) {
      case 0: return nil
      case 1 where type == .float: return .float(.nan)
      case 1 where type == .double: return .double(.nan)
      case 2 where type == .int: return .integer(Int64(Int32.min) + Int64.random(in: 0..<5, using: &random))
      case 3 where type == .double: return .double(0)
      case 4 where type == .double: return .double(-0.0)
      default: return RandomValue.make(type, &random)
      }
    }

    mutating func randomPredicate(depth: Int, _ random: inout Mutator) -> LakePredicate {
      switch Int.random(in: 0..<(depth > 0 ? 10 : 7), using: &random) {
      case 0: return .isNull(column: "c")
      case 1: return .isNotNull(column: "c")
      case 2: return type.isFloating ? .isNaN(column: "c") : .isNotNaN(column: "c")
      case 7: return .not(randomPredicate(depth: depth - 1, &random))
      case 8: return .and(randomPredicate(depth: depth - 1, &random), randomPredicate(depth: depth - 1, &random))
      case 9: return .or(randomPredicate(depth: depth - 1, &random), randomPredicate(depth: depth - 1, &random))
      default:
        let comparisons: [LakePredicate.Comparison] = [
          .less, .lessOrEqual, .equal, .notEqual, .greaterOrEqual, .greater,
        ]
        let known = seen.filter { !$0.isNaN }.randomElement(using: &random)
        let value = Bool.random(using: &random) ? known : nil
        return .compare(
          column: "c", comparisons.randomElement(using: &random) ?? .equal, value ?? RandomValue.make(type, &random))
      }
    }

    static func meets(_ predicate: LakePredicate, _ value: IcebergValue?) -> Bool {
      evaluate(predicate, value) == true
    }

    /// Brute force by SQL's rules: nil is unknown, which is what a comparison with null gives. NaN is above all numbers,
    /// as in the engines that keep most rows.
    private static func evaluate(_ predicate: LakePredicate, _ value: IcebergValue?) -> Bool? {
      switch predicate {
      case .always: return true
      case .never: return false
      case .isNull: return value == nil
      case .isNotNull: return value != nil
      case .isNaN: return value?.isNaN == true
      case .isNotNaN: return value?.isNaN != true
      case .not(let inner): return evaluate(inner, value).map { !$0 }
      case .and(let a, let b):
        let (a, b) = (evaluate(a, value), evaluate(b, value))
        return a == false || b == false ? false : a == nil || b == nil ? nil : true
      case .or(let a, let b):
        let (a, b) = (evaluate(a, value), evaluate(b, value))
        return a == true || b == true ? true : a == nil || b == nil ? nil : false
      case .compare(_, let comparison, let literal): return value.map { compare($0, comparison, literal) }
      }
    }

    private static func compare(
      _ value: IcebergValue, _ comparison: LakePredicate.Comparison, _ literal: IcebergValue
    ) -> Bool {
      let less = value.isLess(than: literal) == true
      let greater = value.isNaN || literal.isLess(than: value) == true
      return switch comparison {
      case .less: less
      case .lessOrEqual: !greater
      case .equal: !less && !greater
      case .notEqual: less || greater
      case .greaterOrEqual: !less
      case .greater: greater
      }
    }
  }
}
