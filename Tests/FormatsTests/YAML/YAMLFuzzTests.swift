import HostFormats
import Testing

@Suite struct YAMLFuzzTests {
  private static let corpus = [
    "a: 1\nb: [x, 'y', \"z\\u00e9\\n\"]\nc: {d: ~, e: f}\n", "- &a {k: &b [1, 2]}\n- *a\n- *b\n- !!str 5\n",
    "text: |+2\n    indented\n   less\n\nfolded: >-\n  one\n  two\n\n  three\n",
    "%YAML 1.2\n%TAG ! tag:example.org,2026:\n---\n? key\n: value\n...\n", "\u{FEFF}ключ: значение # примечание\n",
    "{a: {b: {c: [[[[]]]]}}, \"quoted key\": 'single''s', <: 5}\n",
  ]

  /// Damaged texts end in a tree or in a message, and whatever place is computed lies in the text.
  @Test(arguments: [UInt64(3), 44])
  func damagedTextEndsInATreeOrInMessages(_ seed: UInt64) {
    print("seed \(seed)")
    var random = Mutator(seed: seed)
    var trees = 0
    for round in 0..<5000 {
      let bytes = random.damaged(Array(Self.corpus[round % Self.corpus.count].utf8))
      let document = YAMLDocument.parse(bytes, file: "t.yaml")
      #expect(document.root != nil || !document.diagnostics.isEmpty)
      trees += document.root == nil ? 0 : 1
      if let root = document.root { visit(root, lines: lines(bytes)) }
    }
    print("\(trees) of 5000 were read")
    #expect(trees > 100 && trees < 4900)
  }

  /// Lines as YAML 1.1 counts them, which libyaml does.
  private func lines(_ bytes: [UInt8]) -> Int {
    let breaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]
    return String(decoding: bytes, as: UTF8.self).unicodeScalars.count { breaks.contains($0) } + 1
  }

  private func visit(_ node: YAMLNode, lines: Int) {
    if let scalar = node.scalar {
      for offset in [0, scalar.text.unicodeScalars.count / 2, scalar.text.unicodeScalars.count] {
        let line = scalar.place(ofOffset: offset, from: node.place).line
        #expect(line >= node.place.line && line <= lines, "\(scalar.text.debugDescription)")
      }
    }
    for child in (node.items ?? []) + (node.entries ?? []).map(\.value) { visit(child, lines: lines) }
  }
}
