/// A condition on the rows of a table, for pruning: which manifests and files cannot have a row that meets it.
///
/// A comparison with null is never met, negated or not, as in SQL. Engines differ on whether NaN is above all numbers, so
/// nothing is pruned that either kind would read.
package indirect enum LakePredicate: Sendable, Hashable {
  package enum Comparison: Sendable, Hashable {
    case less, lessOrEqual, equal, notEqual, greaterOrEqual, greater
  }

  case always
  case never
  case compare(column: String, Comparison, IcebergValue)
  case isNull(column: String)
  case isNotNull(column: String)
  case isNaN(column: String)
  case isNotNaN(column: String)
  case and(LakePredicate, LakePredicate)
  case or(LakePredicate, LakePredicate)
  case not(LakePredicate)
}

extension LakePredicate {
  /// The same condition with `not` worked into its leaves. A negated comparison is still not met by null.
  package func withoutNegation() -> LakePredicate {
    switch self {
    case .and(let a, let b): .and(a.withoutNegation(), b.withoutNegation())
    case .or(let a, let b): .or(a.withoutNegation(), b.withoutNegation())
    case .not(let inner): inner.negated()
    default: self
    }
  }

  private func negated() -> LakePredicate {
    switch self {
    case .always: .never
    case .never: .always
    case .compare(let column, let comparison, let value):
      .compare(column: column, comparison.negated, value)
    case .isNull(let column): .isNotNull(column: column)
    case .isNotNull(let column): .isNull(column: column)
    case .isNaN(let column): .isNotNaN(column: column)
    case .isNotNaN(let column): .isNaN(column: column)
    case .and(let a, let b): .or(a.negated(), b.negated())
    case .or(let a, let b): .and(a.negated(), b.negated())
    case .not(let inner): inner.withoutNegation()
    }
  }
}

extension LakePredicate.Comparison {
  var negated: LakePredicate.Comparison {
    switch self {
    case .less: .greaterOrEqual
    case .lessOrEqual: .greater
    case .equal: .notEqual
    case .notEqual: .equal
    case .greaterOrEqual: .less
    case .greater: .lessOrEqual
    }
  }

  /// Whether some value between the bounds compares so with `value`; an absent bound bounds nothing.
  func mayHold(lower: IcebergValue?, upper: IcebergValue?, _ value: IcebergValue) -> Bool {
    guard !value.isNaN else { return false }
    let isBelow = upper?.isLess(than: value) ?? false
    let isAbove = lower.flatMap { value.isLess(than: $0) } ?? false
    switch self {
    case .equal: return !isBelow && !isAbove
    // A range says only that no value is equal if it is one value; bounds may be cut, so it is never used.
    case .notEqual: return true
    case .less: return lower?.isLess(than: value) ?? true
    case .lessOrEqual: return !isAbove
    case .greater: return upper.flatMap { value.isLess(than: $0) } ?? true
    case .greaterOrEqual: return !isBelow
    }
  }
}
