import HostFormats
package import HostModel
import HostPluginRuntime

/// What `headrace init --from` names: where the rows of a pipeline to be written are.
package enum DraftSource: Sendable, Equatable {
  /// A file, or a pattern such as `data/*.csv`, from the working folder.
  case files(String)
  /// A connection string of libpq. It may hold a password.
  case postgres(String)

  /// - Throws: `invalidInput` for an address of something else.
  package init(_ text: String) throws(Failure) {
    if Self.isConnectionString(text) {
      self = .postgres(text)
    } else if let scheme = text.firstRange(of: "://") {
      throw Failure(
        .invalidInput, "--from does not know \(quoted(String(text[..<scheme.lowerBound]) + "://"))",
        advice: "give it postgres://USER@HOST/DATABASE or a pattern of files such as 'data/*.csv'",
        status: .unsupported)
    } else if text.isEmpty || text.utf8.contains(0) {
      throw Failure(.invalidInput, "--from is empty", advice: "leave it out for a template", status: .invalidConfig)
    } else {
      self = .files(text)
    }
  }

  private static func isConnectionString(_ text: String) -> Bool {
    if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") { return true }
    return text.split(separator: " ").contains { pair in
      ["host=", "hostaddr=", "dbname=", "service="].contains { pair.hasPrefix($0) }
    }
  }

  /// What no message and no file may show.
  package var secrets: [String] {
    guard case .postgres(let dsn) = self else { return [] }
    return [dsn] + Self.passwords(dsn)
  }

  private static func passwords(_ dsn: String) -> [String] {
    var found: [String] = []
    for part in dsn.split(whereSeparator: { " ?&".contains($0) }) where part.hasPrefix("password=") {
      found.append(String(part.dropFirst("password=".count)))
    }
    if let scheme = dsn.firstRange(of: "://") {
      let rest = dsn[scheme.upperBound...]
      // A password may hold an `@`: the last one ends it.
      if let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":") {
        found.append(String(rest[rest.index(after: colon)..<at]))
      }
    }
    return found
  }

  /// A name for the pipeline, where the user gives none: the database's, or that of the files.
  package func name(streams: [String]) -> String {
    switch self {
    case .files: Self.fitting(streams.first ?? "")
    case .postgres(let dsn): Self.fitting(Self.database(dsn))
    }
  }

  private static func database(_ dsn: String) -> String {
    for part in dsn.split(separator: " ") where part.hasPrefix("dbname=") { return String(part.dropFirst(7)) }
    let endpoint = Endpoint.clean(dsn)
    return endpoint.lastIndex(of: "/").map { String(endpoint[endpoint.index(after: $0)...]) } ?? "postgres"
  }

  /// Made to fit what names of pipelines are made of.
  static func fitting(_ text: String) -> String {
    let fitted = String(text.prefix(64).map { Self.isNamePart($0) ? $0 : "_" }.drop { $0 == "_" || $0 == "-" })
    return fitted.isEmpty ? "pipeline" : fitted
  }

  private static func isNamePart(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || character == "_" || character == "-")
  }

  /// A name as the user states it.
  package static func checkedName(_ text: String) throws(Failure) -> String {
    guard !text.isEmpty, text.count <= 64, fitting(text) == text else {
      throw Failure(
        .invalidInput, "--name takes up to 64 letters, digits, '_' and '-', found \(quoted(text))",
        status: .invalidConfig)
    }
    return text
  }
}
