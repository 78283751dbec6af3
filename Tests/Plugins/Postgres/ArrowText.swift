import CArrow

/// Renders Arrow arrays as psql prints the values, from Arrow's specification and nothing of the plugin's.
enum ArrowText {
  static func rows(of array: ArrowArray, _ schema: ArrowSchema) -> [[String]] {
    (0..<Int(array.length)).map { row in
      (0..<Int(array.n_children)).map { column in
        guard let child = array.children[column]?.pointee, let type = schema.children[column]?.pointee else {
          return "?"
        }
        return value(child, type, row + Int(array.offset))
      }
    }
  }

  private static func value(_ array: ArrowArray, _ type: ArrowSchema, _ index: Int) -> String {
    let at = index + Int(array.offset)
    if let bitmap = array.buffers[0], bitmap.load(fromByteOffset: at >> 3, as: UInt8.self) >> (at & 7) & 1 == 0 {
      return "\\N"
    }
    let format = String(cString: type.format)
    func fixed<Value>(_ type: Value.Type) -> Value {
      array.buffers[1]?.loadUnaligned(fromByteOffset: at * MemoryLayout<Value>.size, as: type)
        ?? unsafeBitCast(0, to: type)
    }
    func offset(_ index: Int) -> Int {
      Int(array.buffers[1]?.load(fromByteOffset: index * 4, as: Int32.self) ?? 0)
    }
    func bytes() -> [UInt8] {
      Array(UnsafeRawBufferPointer(start: array.buffers[2], count: offset(at + 1))[offset(at)...])
    }
    switch format {
    case "b":
      return (array.buffers[1]?.load(fromByteOffset: at >> 3, as: UInt8.self) ?? 0) >> (at & 7) & 1 == 1 ? "t" : "f"
    case "i": return String(fixed(Int32.self))
    case "l": return String(fixed(Int64.self))
    case "f": return number("\(fixed(Float.self))")
    case "g": return number("\(fixed(Double.self))")
    case "u": return String(decoding: bytes(), as: UTF8.self)
    case "z": return "\\x" + hex(bytes())
    case "w:16": return uuid((0..<16).map { array.buffers[1]?.load(fromByteOffset: at * 16 + $0, as: UInt8.self) ?? 0 })
    case "tdD": return date(Int64(fixed(Int32.self)))
    case "ttu": return time(fixed(Int64.self))
    case "tsu:": return timestamp(fixed(Int64.self), zone: "")
    case "tsu:UTC": return timestamp(fixed(Int64.self), zone: "+00")
    case "+l":
      guard let child = array.children[0]?.pointee, let element = type.children[0]?.pointee else { return "?" }
      return "{" + (offset(at)..<offset(at + 1)).map { value(child, element, $0) }.joined(separator: ",") + "}"
    default:
      guard format.hasPrefix("d:"), let scale = Int(format.split(separator: ",").last ?? "") else {
        return "? \(format)"
      }
      return decimal(fixed(Int128.self), scale)
    }
  }

  private static func number(_ text: String) -> String {
    switch text {
    case "nan": return "NaN"
    case "inf": return "Infinity"
    case "-inf": return "-Infinity"
    default: return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
  }

  private static func decimal(_ value: Int128, _ scale: Int) -> String {
    var digits = String(value.magnitude)
    while digits.count <= scale { digits = "0" + digits }
    let point = scale > 0 ? "." + digits.suffix(scale) : ""
    return (value < 0 ? "-" : "") + digits.dropLast(scale) + point
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func uuid(_ bytes: [UInt8]) -> String {
    let text = hex(bytes)
    var result = ""
    for (index, character) in text.enumerated() {
      if [8, 12, 16, 20].contains(index) { result += "-" }
      result.append(character)
    }
    return result
  }

  /// Days since 1970 in the proleptic Gregorian calendar, by counting eras of 400 years.
  private static func civil(_ days: Int64) -> (text: String, isBC: Bool) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let shown = year > 0 ? year : 1 - year
    return (padded(shown, 4) + "-" + padded(month, 2) + "-" + padded(day, 2), year <= 0)
  }

  private static func date(_ days: Int64) -> String {
    let (text, isBC) = civil(days)
    return text + (isBC ? " BC" : "")
  }

  private static func time(_ microseconds: Int64) -> String {
    let seconds = microseconds / 1_000_000
    var text = padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
    var fraction = padded(microseconds % 1_000_000, 6)
    while fraction.hasSuffix("0") { fraction.removeLast() }
    if !fraction.isEmpty { text += "." + fraction }
    return text
  }

  private static func timestamp(_ microseconds: Int64, zone: String) -> String {
    let day: Int64 = 86_400_000_000
    let days = microseconds >= 0 ? microseconds / day : -((-(microseconds + 1)) / day) - 1
    let (text, isBC) = civil(days)
    return text + " " + time(microseconds - days * day) + zone + (isBC ? " BC" : "")
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
