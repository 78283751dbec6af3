package import HostFormats
import HostModel
package import HostPluginCalls

extension CheckAnswer: YAMLRecord {
  package static let summary = "What the checker answers to a request over HTTP of the plugin's."

  package init(from fields: inout YAMLRecordDecoder) {
    let url = fields.required("url", YAMLType.text.checked(Self.mistake(ofURL:)), "The URL; '*' stands for any text.")
    let method = fields.optional(
      "method", YAMLType.text.checked(Self.mistake(ofMethod:)), "The method, such as GET; any unless stated.")
    let status = fields.optional("status", .count(200...599), default: 200, "The status of the answer.")
    let headers = fields.optional(
      "headers",
      .dictionary(
        of: .text.checked { HTTPSyntax.isFieldValue($0) ? nil : "the value of a header is one line" }, keys: "headers",
        names: .text.checked(Self.mistake(ofHeader:))), default: [:], "Headers of the answer, by name.")
    let body = fields.optional(
      "body",
      YAMLType.text.checked { text in
        text.utf8.count <= Self.mostBytes
          ? nil : "the body has \(text.utf8.count) bytes, and \(Self.mostBytes) are the most; a part of it will do"
      }, default: "", "The body of the answer.")
    self.init(
      method: method?.uppercased(), url: url, statusCode: status,
      headers: headers.sorted { $0.key < $1.key }.map { HTTPHeader($0.key.lowercased(), $0.value) }, body: body)
  }

  private static func mistake(ofURL text: String) -> String? {
    do throws(Failure) {
      // Whatever an asterisk stands for, a URL has to come of it.
      _ = try HTTPAddress(url: text.split(separator: "*", omittingEmptySubsequences: false).joined(separator: "x"))
      return nil
    } catch {
      return "\(error.message); write it as the plugin asks for it, such as https://api.example.com/rows?page=*"
    }
  }

  private static func mistake(ofMethod text: String) -> String? {
    HTTPSyntax.isToken(text) ? nil : "\(quoted(text)) is no method of HTTP; write one such as GET"
  }

  private static func mistake(ofHeader name: String) -> String? {
    guard HTTPSyntax.isToken(name) else { return "\(quoted(name)) is no name of a header" }
    return HTTPSyntax.isOfTheSender(name.lowercased())
      ? "the header \(quoted(name)) is about the connection, and there is none; leave it out" : nil
  }
}
