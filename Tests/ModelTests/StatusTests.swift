import Foundation
import HostModel
import Testing

@Suite struct StatusTests {
  private struct Row {
    let name: String
    let number: Int32
    let comment: String
  }

  /// The lines `#define HEADRACE_NAME 7 /* ... */` of the header.
  private func headerRows() throws -> [Row] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let header = try String(
      contentsOf: root.appendingPathComponent("PluginAPI/C/include/headrace/status.h"), encoding: .utf8)
    return header.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      guard words.count > 3, words[0] == "#define", let number = Int32(words[2]) else { return nil }
      let name = words[1].dropFirst("HEADRACE_".count).lowercased()
      return Row(name: name, number: number, comment: String(line))
    }
  }

  @Test func everyStatusOfTheHeaderIsKnownByNameNumberAndTraits() throws {
    let rows = try headerRows()
    #expect(rows.count == Status.allCases.count)
    for row in rows {
      let status = try #require(Status(rawValue: row.number), "\(row.name) is unknown")
      #expect(status.name == row.name)
      let flags = row.comment.split(separator: "*/")[0].split(separator: " ").suffix(3)
      #expect(status.traits.isRetriable == (flags.first == "yes"), "\(row.name)")
      #expect(status.traits.countsAgainstBreaker == (flags.last == "yes"), "\(row.name)")
      #expect((status.traits.origin == .host) == row.comment.contains("raised by the host"), "\(row.name)")
    }
  }

  @Test func retriableHTTPCodesAreThoseOfTheSpecification() {
    let retriable = (100..<600).filter { Status(httpCode: $0).traits.isRetriable }
    #expect(retriable == [408, 429, 500, 502, 503, 504])
  }
}
