package import HostFormats
package import HostModel

/// One `--set vars.NAME=VALUE` of the command line.
package struct VariableOverride: Sendable {
  package var name: String
  /// Typed as an unquoted value of the file would be. `${...}` in it is not interpolated.
  package var value: YAMLScalar

  /// The text that names the argument in messages; its value is not in it, since it may be a password.
  package var place: SourcePlace { SourcePlace(file: "--set vars.\(name)", line: 0, column: 0) }

  /// Reads the text after `--set`.
  package static func parse(_ argument: String) -> Result<VariableOverride, Failure> {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts.first.map(String.init) ?? ""
    guard parts.count == 2, path.hasPrefix("vars."), InterpolationSyntax.isName(String(path.dropFirst(5))) else {
      return .failure(
        Failure(
          .invalidInput, "--set takes vars.NAME=VALUE, found \(quoted(path))",
          advice: "only variables can be set; use ${var:NAME} where the value belongs"))
    }
    let text = String(parts[1])
    let value = YAMLScalar(text: text, style: .plain, value: YAMLScalar.resolve(text))
    return .success(VariableOverride(name: String(path.dropFirst(5)), value: value))
  }
}
