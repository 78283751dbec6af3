/// The class of a failure, which is also the exit code of the command that ends with it.
public enum FailureKind: Int32, Sendable {
  /// The run failed: a plugin, a server, the data.
  case run = 1
  /// What the user wrote is wrong: a file, an argument, a name.
  case invalidInput = 2
  /// The machine lacks something: a library, a permission, a disk.
  case environment = 3
}

/// A place in a text that a user wrote. Lines and columns count from 1; columns count characters, not bytes.
public struct SourcePlace: Sendable, Hashable, CustomStringConvertible {
  public var file: String
  public var line: Int
  public var column: Int

  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  public var description: String { line > 0 ? "\(file):\(line):\(column)" : file }
}

/// One mistake in what a user wrote: where, what, and what to do about it.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
  public enum Severity: String, Sendable {
    case error, warning
  }
  public var severity: Severity
  public var place: SourcePlace
  public var message: String
  /// A concrete next step, for example "did you mean 'retries'?".
  public var suggestion: String?

  public init(_ severity: Severity = .error, at place: SourcePlace, _ message: String, suggestion: String? = nil) {
    self.severity = severity
    self.place = place
    self.message = message
    self.suggestion = suggestion
  }

  /// `orders.yaml:14:7: unknown key 'retires', did you mean 'retries'?`
  public var description: String {
    let prefix = severity == .warning ? "warning: " : ""
    return "\(place): \(prefix)\(message)" + (suggestion.map { ", \($0)" } ?? "")
  }
}

/// One thing about a failure, for a program: "line" is "17".
public struct FailureDetail: Sendable, Hashable, CustomStringConvertible {
  /// The most pairs of a failure; more are left out.
  public static let mostPairs = 16
  /// The most bytes of UTF-8 of a key and of a value; what is longer is cut, and ends in " ...".
  public static let mostBytes = 1 << 10
  public let key: String
  public let value: String

  public init(key: String, value: String) {
    self.key = key
    self.value = value
  }

  /// On one line, whatever a plugin has put into it.
  public var description: String {
    let scalars = "\(key)=\(value)".unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
    return String(String.UnicodeScalarView(scalars))
  }
}

/// Why something could not be done, told to the person who asked for it.
public struct Failure: Error, Sendable, CustomStringConvertible {
  public var kind: FailureKind
  /// The status that caused it, where a call into a plugin or a server did.
  public var status: Status?
  /// What happened and, where known, to what: "catalog.db: the disk is full".
  public var message: String
  /// What to do about it.
  public var advice: String?
  /// Every mistake found, where the failure is about what a user wrote.
  public var diagnostics: [Diagnostic]
  /// What a plugin says of it beside the message, without secrets.
  public var details: [FailureDetail]

  public init(
    _ kind: FailureKind, _ message: String, advice: String? = nil, status: Status? = nil,
    diagnostics: [Diagnostic] = [], details: [FailureDetail] = []
  ) {
    self.kind = kind
    self.status = status
    self.message = message
    self.advice = advice
    self.diagnostics = diagnostics
    self.details = details
  }

  /// What to do about a full disk, whoever has noticed it.
  public static let freeSpaceAdvice = "free some space, then run again: nothing that was committed is lost"

  /// The mistakes of a file, as one failure.
  public static func invalid(_ diagnostics: [Diagnostic]) -> Failure {
    let errors = diagnostics.filter { $0.severity == .error }
    let summary = errors.count == 1 ? "1 mistake" : "\(errors.count) mistakes"
    return Failure(.invalidInput, summary, diagnostics: diagnostics)
  }

  /// The same failure, told of what it happened to; all else stays.
  public func of(_ what: String) -> Failure {
    var told = self
    told.message = "\(what): \(message)"
    return told
  }

  /// What happened, for a person: the message, and the details behind it.
  public var statement: String {
    details.isEmpty ? message : "\(message) (\(details.map(\.description).joined(separator: ", ")))"
  }

  public var description: String {
    guard diagnostics.isEmpty else { return diagnostics.map(\.description).joined(separator: "\n") }
    return statement + (advice.map { "; \($0)" } ?? "")
  }
}
