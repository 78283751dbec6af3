import HostFormats

extension InterpolationSyntax {
  static func quotedReference(_ inside: String) -> String { quoted("${\(inside)}") }

  static func suggestion(for kind: String) -> String {
    EditDistance.suggestion(for: kind, among: ["env", "var", "file", "secret"])
      ?? "write ${env:NAME}, ${var:NAME} or ${file:PATH}"
  }
}
