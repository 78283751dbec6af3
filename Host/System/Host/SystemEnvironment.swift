import CLinux
import Glibc

/// The environment of this process.
package enum SystemEnvironment {
  package static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  package static var all: [String: String] {
    var variables: [String: String] = [:]
    var next = headrace_environment()
    while let line = next?.pointee {
      let parts = String(cString: line).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      next = next?.advanced(by: 1)
    }
    return variables
  }
}
