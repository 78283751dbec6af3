/// Tells which manifests and files may have rows that meet a predicate. It errs on the side of reading too much: an
/// unknown column, bound or transform prunes nothing.
package struct FilePruner: Sendable {
  private let predicate: LakePredicate
  private let schema: IcebergSchema
  /// Transforms and types of each spec's fields, by the column that they are made of.
  private let partitions: [Int: [PartitionColumn]]

  private struct PartitionColumn: Sendable {
    var position: Int
    var sourceID: Int
    var sourceType: IcebergType
    var transform: PartitionTransform
    var type: IcebergType
  }

  package init(_ predicate: LakePredicate, metadata: TableMetadata) {
    self.predicate = predicate.withoutNegation()
    schema = metadata.schema
    var partitions: [Int: [PartitionColumn]] = [:]
    for spec in metadata.partitionSpecs {
      partitions[spec.id] = spec.fields.enumerated().compactMap { position, field in
        guard let source = metadata.fieldType(id: field.sourceID), let type = field.transform.resultType(of: source)
        else { return nil }
        return PartitionColumn(
          position: position, sourceID: field.sourceID, sourceType: source, transform: field.transform, type: type)
      }
    }
    self.partitions = partitions
  }

  package func mayMatch(_ manifest: ManifestFile) -> Bool {
    guard let summaries = manifest.partitions else { return true }
    return evaluate { field, condition in
      columns(manifest.specID, field).allSatisfy { column in
        guard column.position < summaries.count else { return true }
        return mayMatch(condition, summaries[column.position], column)
      }
    }
  }

  package func mayMatch(_ file: DataFile, specID: Int) -> Bool {
    guard file.content == .data else { return true }
    return file.recordCount > 0
      && evaluate { field, condition in
        mayMatchStatistics(condition, file, field)
          && columns(specID, field).allSatisfy { column in
            guard column.position < file.partition.count else { return true }
            return mayMatch(condition, value: file.partition[column.position], column)
          }
      }
  }

  private enum Condition {
    case compare(LakePredicate.Comparison, IcebergValue)
    case isNull, isNotNull, isNaN, isNotNaN
  }

  private func columns(_ specID: Int, _ field: IcebergField) -> [PartitionColumn] {
    (partitions[specID] ?? []).filter { $0.sourceID == field.id }
  }

  private func evaluate(_ leaf: (IcebergField, Condition) -> Bool) -> Bool { evaluate(predicate, leaf) }

  private func evaluate(_ predicate: LakePredicate, _ leaf: (IcebergField, Condition) -> Bool) -> Bool {
    switch predicate {
    case .always, .not: true
    case .never: false
    case .and(let a, let b): evaluate(a, leaf) && evaluate(b, leaf)
    case .or(let a, let b): evaluate(a, leaf) || evaluate(b, leaf)
    case .compare(let column, let comparison, let value): apply(column, .compare(comparison, value), leaf)
    case .isNull(let column): apply(column, .isNull, leaf)
    case .isNotNull(let column): apply(column, .isNotNull, leaf)
    case .isNaN(let column): apply(column, .isNaN, leaf)
    case .isNotNaN(let column): apply(column, .isNotNaN, leaf)
    }
  }

  private func apply(_ column: String, _ condition: Condition, _ leaf: (IcebergField, Condition) -> Bool) -> Bool {
    guard let field = schema.field(at: column), field.type.isPrimitive else { return true }
    return leaf(field, condition)
  }
}

// MARK: The statistics of a file

extension FilePruner {
  private func mayMatchStatistics(_ condition: Condition, _ file: DataFile, _ field: IcebergField) -> Bool {
    let values = file.valueCounts[field.id]
    let nulls = file.nullValueCounts[field.id]
    let nans = file.nanValueCounts[field.id]
    let isAllNull = values != nil && values == nulls
    switch condition {
    case .isNull: return nulls != 0
    case .isNotNull: return !isAllNull
    case .isNaN: return !isAllNull && nans != 0
    case .isNotNaN: return values == nil || nans == nil || values != nans
    case .compare(let comparison, let value):
      if isAllNull { return false }
      return comparison.mayHold(
        lower: bound(file.lowerBounds[field.id], field.type), upper: upperBound(file, field, nans), value)
    }
  }

  private func bound(_ bytes: [UInt8]?, _ type: IcebergType) -> IcebergValue? {
    bytes.flatMap { try? IcebergValue(serialized: $0, as: type) }.flatMap { $0.isNaN ? nil : $0 }
  }

  /// Engines differ on whether NaN is greater than all numbers, so a file that may have one has no upper bound.
  private func upperBound(_ file: DataFile, _ field: IcebergField, _ nans: Int64?) -> IcebergValue? {
    if field.type.isFloating, nans != 0 { return nil }
    return bound(file.upperBounds[field.id], field.type)
  }
}

// MARK: Partition values

extension FilePruner {
  private func mayMatch(_ condition: Condition, value: IcebergValue?, _ column: PartitionColumn) -> Bool {
    guard column.transform != .void else { return true }
    switch condition {
    case .isNull: return value == nil
    case .isNotNull: return value != nil
    case .isNotNaN: return true
    case .isNaN: return column.transform != .identity || value?.isNaN == true
    case .compare(let comparison, let literal):
      guard let value else { return false }
      if value.isNaN { return true }
      return mayHold(comparison, literal, lower: value, upper: value, column)
    }
  }

  private func mayMatch(_ condition: Condition, _ summary: PartitionSummary, _ column: PartitionColumn) -> Bool {
    guard column.transform != .void else { return true }
    let hasValues = summary.lowerBound != nil || summary.containsNaN != false
    switch condition {
    case .isNull: return summary.containsNull
    case .isNotNull: return hasValues
    case .isNaN, .isNotNaN: return true
    case .compare(let comparison, let literal):
      if column.type.isFloating, summary.containsNaN != false { return true }
      guard summary.lowerBound != nil else { return hasValues }
      return mayHold(
        comparison, literal, lower: bound(summary.lowerBound, column.type),
        upper: bound(summary.upperBound, column.type), column)
    }
  }

  /// Whether rows whose partition values lie between the bounds may compare so with the literal. Transforms that keep
  /// the order turn `a < b` into `t(a) <= t(b)`; a bucket keeps nothing but equality.
  private func mayHold(
    _ comparison: LakePredicate.Comparison, _ literal: IcebergValue, lower: IcebergValue?, upper: IcebergValue?,
    _ column: PartitionColumn
  ) -> Bool {
    guard literal.fits(column.sourceType) else { return true }
    if column.transform == .identity { return comparison.mayHold(lower: lower, upper: upper, literal) }
    guard let projected = column.transform.apply(literal, type: column.sourceType) else { return true }
    if wraps(lower, upper, literal, column) { return true }
    switch (column.transform, comparison) {
    case (_, .notEqual): return true
    case (_, .equal): return LakePredicate.Comparison.equal.mayHold(lower: lower, upper: upper, projected)
    case (.bucket, _): return true
    case (_, .less), (_, .lessOrEqual):
      return LakePredicate.Comparison.lessOrEqual.mayHold(lower: lower, upper: upper, projected)
    case (_, .greater), (_, .greaterOrEqual):
      return LakePredicate.Comparison.greaterOrEqual.mayHold(lower: lower, upper: upper, projected)
    }
  }

  /// Truncation of integers wraps below the lowest multiple of the width, where it does not keep the order.
  private func wraps(
    _ lower: IcebergValue?, _ upper: IcebergValue?, _ literal: IcebergValue, _ column: PartitionColumn
  ) -> Bool {
    guard case .truncate(let width) = column.transform, column.sourceType == .int || column.sourceType == .long
    else { return false }
    let (lowest, highest) =
      column.sourceType == .int ? (Int64(Int32.min), Int64(Int32.max)) : (Int64.min, Int64.max)
    func isNearEnd(_ value: IcebergValue?) -> Bool {
      guard case .integer(let number)? = value else { return false }
      return number < lowest + Int64(width) || number > highest - Int64(width)
    }
    return isNearEnd(lower) || isNearEnd(upper) || isNearEnd(literal)
  }
}
