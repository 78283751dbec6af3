import HeadracePlugin

/// What the host concludes from an SQLSTATE (appendix A of PostgreSQL's manual).
enum SQLState {
  static func status(of state: String) -> PluginError.Status {
    switch state {
    case "57014": .transient  // Cancelled by someone else; our own cancellation never gets here.
    case "57P01", "57P02", "57P03", "57P05": .transient
    case "53300": .throttled
    case "42501": .permissionDenied
    case "3D000": .invalidConfig
    case "42P01", "3F000": .notFound
    case "42703", "55000", "42804", "42883": .conflict
    case "55P03": .transient
    case "0A000", "25006": .unsupported
    default: status(ofClass: state.prefix(2))
    }
  }

  private static func status(ofClass prefix: Substring) -> PluginError.Status {
    switch prefix {
    case "08", "40", "53", "57", "58": .transient
    case "22": .badRecord
    case "28": .unauthenticated
    case "42": .conflict
    case "54": .unsupported
    // No code: the connection broke and the server said nothing.
    case "": .transient
    default: .fatal
    }
  }

  /// The SQLSTATE in a message of libpq at the verbosity `PQERRORS_VERBOSE`, the only place where a failure to connect
  /// has it: `FATAL:  28P01: password authentication failed`.
  static func find(in message: String) -> String {
    for word in message.split(whereSeparator: { $0 == " " || $0 == "\n" }) where word.count == 6 && word.last == ":" {
      let code = word.dropLast()
      if code.allSatisfy({ $0.isASCII && ($0.isUppercase || $0.isNumber) }), code.contains(where: \.isNumber) {
        return String(code)
      }
    }
    return ""
  }
}
