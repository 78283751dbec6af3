/// What a worker may reach. Whatever is not stated is not granted.
public struct Confinement: Sendable, Equatable {
  /// Paths that may be read, with everything below.
  public var readable: [String] = []
  public var writable: [String] = []
  /// TCP ports that may be connected to, on any host: the kernel knows no names.
  public var ports: [UInt16] = []
  public var anyPort = false
  /// Limits; nil for none.
  public var memoryBytes: UInt64?
  public var cpuSeconds: UInt64?
  public var openFiles: UInt64?
  /// Refuse to start where the kernel cannot enforce all of it.
  public var isStrict = false

  public init() {}

  public var hasNetwork: Bool { anyPort || !ports.isEmpty }

  /// What a kernel lacks, in words; nil if it lacks nothing.
  public static func told(_ unenforced: [String]) -> String? {
    unenforced.isEmpty ? nil : "this kernel does not enforce: \(unenforced.joined(separator: ", "))"
  }

  /// Judges what could not be enforced, before any code runs that is to be confined: it could say something else.
  ///
  /// - Throws: if all of it was asked for.
  public static func accept(_ unenforced: [String], isStrict: Bool) throws(Failure) {
    guard isStrict, let lack = told(unenforced) else { return }
    throw Failure(
      .environment, lack, advice: "use another kernel, or take 'strict' out of its permissions", status: .notFound)
  }
}

extension Confinement {
  /// As bytes for a process that is to be confined: what each grants and to what, ended by a zero.
  public var bytes: [UInt8] {
    var lines = readable.map { "read=\($0)" } + writable.map { "write=\($0)" } + ports.map { "port=\($0)" }
    if anyPort { lines.append("port=*") }
    for (name, limit) in [("memory", memoryBytes), ("cpu", cpuSeconds), ("files", openFiles)] {
      if let limit { lines.append("\(name)=\(limit)") }
    }
    if isStrict { lines.append("strict=") }
    return lines.flatMap { Array($0.utf8) + [0] }
  }

  /// - Returns: nil for bytes that are no confinement: nobody is to run with less than what was asked for.
  public init?(bytes: [UInt8]) {
    self.init()
    guard bytes.isEmpty || bytes.last == 0 else { return nil }
    for line in bytes.split(separator: 0) {
      let parts = String(decoding: line, as: UTF8.self).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false
      ).map(String.init)
      guard parts.count == 2, read(parts[0], parts[1]) else { return nil }
    }
  }

  private mutating func read(_ name: String, _ value: String) -> Bool {
    func number(_ path: WritableKeyPath<Confinement, UInt64?>) -> Bool {
      self[keyPath: path] = UInt64(value)
      return self[keyPath: path] != nil
    }
    switch name {
    case "read": readable.append(value)
    case "write": writable.append(value)
    case "port" where value == "*": anyPort = true
    case "port":
      guard let port = UInt16(value) else { return false }
      ports.append(port)
    case "memory": return number(\.memoryBytes)
    case "cpu": return number(\.cpuSeconds)
    case "files": return number(\.openFiles)
    case "strict": isStrict = true
    default: return false
    }
    return true
  }
}
