/// A filter as the user wrote it. Places count characters of the text, from 1.
///
/// ```
/// or         = and {"or" and}
/// and        = not {"and" not}
/// not        = "not" not | "(" or ")" | test
/// test       = column "is" ["not"] "null" | column ["not"] "in" "(" literal {"," literal} ")"
///            | column comparison literal | literal comparison column | column
/// comparison = "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">="
/// literal    = number | 'text' | true | false
/// column     = letters, digits and "_" and "." | "any name in double quotes"
/// ```
indirect enum FilterExpression {
  case and(FilterExpression, FilterExpression)
  case or(FilterExpression, FilterExpression)
  case not(FilterExpression)
  case isNull(Name)
  case compare(Name, Comparison, Literal)
  /// A column of booleans by itself.
  case truth(Name)

  struct Name {
    var text: String
    var place: Int
  }

  struct Literal {
    enum Value {
      case number(String), text(String), bool(Bool)
    }
    var value: Value
    var place: Int

    var description: String {
      switch value {
      case .number(let text): text
      case .text(let text): "'\(text)'"
      case .bool(let value): "\(value)"
      }
    }
  }
}

enum Comparison {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

  /// The comparison with its sides exchanged.
  var mirrored: Comparison {
    switch self {
    case .equal, .notEqual: self
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    }
  }

  @inline(__always)
  func holds<T: Comparable>(_ a: T, _ b: T) -> Bool {
    switch self {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }
}
