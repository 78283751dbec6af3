/// Why a value has no place in its column. `none` is the way of nearly all values, hence an enum that is returned and
/// not an error that is thrown.
enum Misfit: UInt8 {
  case none
  /// Infinity, as PostgreSQL has it in dates, timestamps and numerics.
  case infinity
  case notANumber
  /// 24:00:00, the end of a day.
  case endOfDay
  /// After 294247-01-10, which microseconds in 64 bits do not reach.
  case beyondMicroseconds
  case notUTF8
  /// A decimal of more digits than the column has.
  case outOfRange
  /// An array of several dimensions, or one whose first subscript is not 1.
  case notAList
  /// Not what the server sends for the type: the fault of the connection or of this plugin.
  case malformed

  /// Whether `special_values: null` makes it a null.
  var isSpecialValue: Bool {
    switch self {
    case .infinity, .notANumber, .endOfDay, .beyondMicroseconds: true
    case .none, .notUTF8, .outOfRange, .notAList, .malformed: false
    }
  }

  /// Completes `column 'x': ...`.
  var reason: String {
    let advice = "; set `special_values` to `null` or `string` to keep such rows"
    switch self {
    case .none: return "fits"
    case .infinity: return "infinity has no place in the column's type" + advice
    case .notANumber: return "NaN has no place in a decimal" + advice
    case .endOfDay: return "24:00:00 is not a time of day" + advice
    case .beyondMicroseconds: return "the timestamp is later than 294247-01-10" + advice
    case .notUTF8: return "the text is not UTF-8, and the database does not know its encoding (SQL_ASCII)"
    case .outOfRange: return "the number has more digits than the decimal; `cast` the column to a wider one"
    case .notAList: return "the array is not a list that starts at 1; set `cast` for the column to `json`"
    case .malformed: return "the value is not in PostgreSQL's binary format"
    }
  }
}
