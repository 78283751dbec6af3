import CArrow
import HostFormats
import HostModel

/// A batch's rows as texts, after its structure and its contents were seen to be sound. Two batches are equal if their
/// texts are.
enum RowText {
  /// - Parameter array: lent.
  static func rows(
    _ array: UnsafePointer<ArrowArray>, _ schema: Schema, _ what: String, _ trial: Trial
  ) throws(Objection) -> [String] {
    try trial.step("looking at \(what)", "ARR-3") { () throws(Objection) in
      try ArrayInspection(host: trial.host, what: what).inspect(
        array.pointee, .structure(schema.fields), nullable: false)
      let columns = ArrowCells.columns(of: array, schema)
      return (0..<Int(array.pointee.length)).map { row in
        columns.map { $0.brief(row) }.joined(separator: ", ")
      }
    }
  }

  /// The first difference between two lists of rows; nil if they are equal.
  static func difference(_ a: [String], _ b: [String]) -> String? {
    for (row, (one, other)) in zip(a, b).enumerated() where one != other {
      return "row \(row) is (\(cut(one))) and then (\(cut(other)))"
    }
    return a.count == b.count ? nil : "\(a.count) rows and then \(b.count)"
  }

  /// Of all rows together (FNV-1a), for another process to compare with its own.
  static func hash(_ rows: [String]) -> UInt64 {
    rows.reduce(fnvBasis) { hash, row in fnv(hash, row.utf8) &+ 1 }
  }

  fileprivate static let fnvBasis: UInt64 = 0xcbf2_9ce4_8422_2325

  fileprivate static func fnv(_ hash: UInt64, _ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(hash) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  private static func cut(_ text: String) -> String { text.count > 120 ? text.prefix(120) + "..." : text }
}

extension ArrowCells {
  /// A value as JSON; a long one as its size and a hash (FNV-1a), which tells two of them apart as well.
  fileprivate func brief(_ row: Int) -> String {
    guard let bytes = variableBytes(row), bytes.count > 4096 else { return json(row).text() }
    return "\(bytes.count) bytes of hash \(String(RowText.fnv(RowText.fnvBasis, bytes), radix: 16))"
  }
}

/// Looks at what lies in an array's buffers. The structure was looked at before.
private struct ArrayInspection {
  let host: CheckHost
  let what: String

  func inspect(_ array: ArrowArray, _ type: DataType, nullable: Bool, _ path: String = "") throws(Objection) {
    func refuse(_ reason: String) -> Objection {
      .broken("ARR-3", "\(what): \(path.isEmpty ? "the rows" : "column '\(path)'") \(reason)")
    }
    guard array.dictionary == nil else { throw refuse("have a dictionary, which no schema here has") }
    let end = Int(array.offset + array.length)
    try checkRoom(array, type, end, refuse)
    try checkNulls(array, nullable, refuse)
    switch type {
    case .string, .binary: try checkText(array, isText: type == .string, refuse)
    case .list, .map: try checkOffsets(array, limit: array.children[0]?.pointee.length ?? 0, refuse)
    default: break
    }
    try inspectChildren(array, type, path, refuse)
  }

  private func inspectChildren(
    _ array: ArrowArray, _ type: DataType, _ path: String, _ refuse: (String) -> Objection
  ) throws(Objection) {
    let fields: [Field]
    switch type {
    case .structure(let members): fields = members
    case .list(let element): fields = [element]
    case .map(let key, let value): fields = [Field("entries", .structure([key, value]), nullable: false)]
    default: return
    }
    var seen: Set<UnsafeMutablePointer<ArrowArray>> = []
    for (index, field) in fields.enumerated() {
      guard let child = array.children?[index] else { throw refuse("lack a child") }
      guard seen.insert(child).inserted else { throw refuse("have the same array twice") }
      let name = path.isEmpty ? field.name : path + "." + field.name
      try inspect(child.pointee, field.type, nullable: field.isNullable, name)
    }
  }

  private func checkNulls(_ array: ArrowArray, _ nullable: Bool, _ refuse: (String) -> Objection) throws(Objection) {
    guard array.n_buffers > 0 else { return }
    guard array.null_count >= -1, array.null_count <= array.length else {
      throw refuse("have a null_count of \(array.null_count)")
    }
    guard let bits = array.buffers[0] else { return }
    var nulls: Int64 = 0
    for row in Int(array.offset)..<Int(array.offset + array.length)
    where bits.load(fromByteOffset: row >> 3, as: UInt8.self) >> UInt8(row & 7) & 1 == 0 { nulls += 1 }
    guard array.null_count == -1 || array.null_count == nulls else {
      throw refuse("count \(array.null_count) nulls and have \(nulls)")
    }
    guard nullable || nulls == 0 else { throw refuse("have nulls, and by the schema there are none") }
  }

  private func checkText(_ array: ArrowArray, isText: Bool, _ refuse: (String) -> Objection) throws(Objection) {
    try checkOffsets(array, limit: Int64(Int32.max), refuse)
    guard isText, array.length > 0, let offsets = array.buffers[1], let data = array.buffers[2] else { return }
    func place(_ row: Int) -> Int { Int(offsets.loadUnaligned(fromByteOffset: row * 4, as: Int32.self)) }
    for row in Int(array.offset)..<Int(array.offset + array.length) {
      let text = UnsafeRawBufferPointer(start: data + place(row), count: place(row + 1) - place(row))
      guard String(validating: text, as: UTF8.self) != nil else { throw refuse("have text that is no UTF-8") }
    }
  }

  private func checkOffsets(_ array: ArrowArray, limit: Int64, _ refuse: (String) -> Objection) throws(Objection) {
    guard array.length > 0, let offsets = array.buffers[1] else { return }
    func place(_ row: Int) -> Int64 { Int64(offsets.loadUnaligned(fromByteOffset: row * 4, as: Int32.self)) }
    var last = place(Int(array.offset))
    guard last >= 0 else { throw refuse("begin at the offset \(last)") }
    for row in Int(array.offset)..<Int(array.offset + array.length) {
      let next = place(row + 1)
      guard next >= last, next <= limit else { throw refuse("have the offsets \(last) and \(next) next to each other") }
      last = next
    }
    guard last > 0, array.n_buffers > 2, let data = array.buffers[2] else {
      guard array.n_buffers <= 2 || last == array.length * 0 else { throw refuse("have text and no characters") }
      return
    }
    if let room = host.room(behind: data), Int64(room) < last {
      throw refuse("have offsets up to \(last) in \(room) bytes")
    }
  }

  /// Buffers are aligned, and those in memory of the host's are as long as they have to be.
  private func checkRoom(
    _ array: ArrowArray, _ type: DataType, _ end: Int, _ refuse: (String) -> Objection
  ) throws(Objection) {
    for index in 0..<Int(array.n_buffers) {
      guard let buffer = array.buffers[index] else { continue }
      guard !host.wasFreed(buffer) else {
        throw .broken("HST-1", "\(what): a buffer lies in memory of the host's that was freed")
      }
      let width = index == 0 ? 0 : index == 2 ? 0 : type.width
      if width > 1, Int(bitPattern: buffer) % min(width, 8) != 0 {
        throw refuse("have a buffer at an address that is no multiple of \(min(width, 8))")
      }
      let count = type.isVariable && index == 1 && array.length > 0 ? end + 1 : end
      let bytes = index == 0 || width == 0 ? (index == 2 ? 0 : (end + 7) / 8) : count * width
      if let room = host.room(behind: buffer), room < bytes {
        throw refuse("need \(bytes) bytes and have \(room)")
      }
    }
  }
}

extension DataType {
  /// Bytes of one value in the second buffer; 0 for bits and for what has none.
  fileprivate var width: Int {
    switch self {
    case .boolean, .structure: 0
    case .integer(let bits), .unsigned(let bits): bits / 8
    case .float, .date, .string, .binary, .list, .map: 4
    case .double, .time, .timestamp: 8
    case .decimal, .uuid: 16
    case .fixed(let bytes): bytes
    }
  }

  fileprivate var isVariable: Bool {
    switch self {
    case .string, .binary, .list, .map: true
    default: false
    }
  }
}
