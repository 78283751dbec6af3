import Testing

/// Something a user, a plugin or a server got wrong, and all that the program may say about it.
struct HostileCase: Sendable, CustomTestStringConvertible {
  /// A file of the case's folder.
  enum Content: Sendable {
    case text(String)
    case bytes([UInt8])
    /// A shared object, compiled from a source beside the tests of the plugin runtime.
    case library(from: String)
    /// A text with a run of one letter in its middle: `before`, then `count` times `x`, then `after`.
    case long(before: String, count: Int, after: String)
    case folder
  }

  let name: String
  let arguments: [String]
  var files: [String: Content]
  /// The folder of manifests; nil for the installation's.
  let plugins: String?
  let code: Int32
  /// Standard error, line by line; `{folder}` stands for the case's folder, `{hash}` for a SHA-256.
  let errors: [String]
  /// Lines of standard output; nil where they are not of interest.
  let output: [String]?

  init(
    _ name: String, _ arguments: [String], _ files: [String: Content] = [:], plugins: String? = nil, code: Int32,
    errors: [String] = [], output: [String]? = nil
  ) {
    self.name = name
    self.arguments = arguments
    self.files = files
    self.plugins = plugins
    self.code = code
    self.errors = errors
    self.output = output
  }

  var testDescription: String { name }
}

extension HostileCase.Content: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  init(stringLiteral value: String) { self = .text(value) }
}
