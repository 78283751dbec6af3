import HostModel
import HostPipelines
import Testing

@Suite struct FileFuzzTests {
  /// Two thousand damaged files: each ends as a file or as messages, names its place, and gives no secret away.
  @Test(arguments: [UInt64(1), 20_261_123])
  func damagedFileEndsInAFileOrInMessages(_ seed: UInt64) {
    print("seed \(seed)")
    var random = FileDamage(seed: seed)
    let corpora = [ValidFiles.all, HostileFiles.pipelines.map(\.text)]
    var accepted = 0
    for round in 0..<1000 {
      let corpus = corpora[round % 2]
      let original = corpus[Int.random(in: corpus.indices, using: &random)]
      let text = random.damaged(Array(original.utf8))
      let reading = PipelineFile.parse(text, file: "p.yaml", sources: Surroundings.sources)
      accepted += reading.file == nil ? 0 : 1
      #expect(reading.file != nil || !reading.diagnostics.isEmpty)
      for diagnostic in reading.diagnostics {
        #expect(diagnostic.place.file == "p.yaml" && !diagnostic.message.isEmpty)
        #expect(!diagnostic.description.contains(Surroundings.secret))
        #expect(diagnostic.description.unicodeScalars.allSatisfy { $0.value >= 0x20 })
      }
      _ = PlatformFile.parse(text, file: "f.yaml", sources: Surroundings.sources)
    }
    // Damage that hits a comment or a value leaves some files readable; if none is, the test has lost its point.
    print("\(accepted) of 1000 were read")
    #expect(accepted > 10 && accepted < 500)
  }
}

/// Damages texts in a way that its seed repeats (SplitMix64): bytes replaced, removed or inserted, lines doubled, moved
/// or indented, and the signs that mean something to YAML put anywhere.
struct FileDamage: RandomNumberGenerator {
  private var state: UInt64
  private static let signs = Array("{}[]:,-#&*!|>'\"%@`\t\n $?<~".utf8)

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func damaged(_ whole: [UInt8]) -> [UInt8] {
    var bytes = whole
    for _ in 0..<Int.random(in: 1...2, using: &self) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &self)
      switch Int.random(in: 0..<7, using: &self) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(Self.signs[Int.random(in: Self.signs.indices, using: &self)], at: place)
      case 3: bytes[place] = Self.signs[Int.random(in: Self.signs.indices, using: &self)]
      case 4: bytes.insert(contentsOf: line(bytes, at: place), at: lineStart(bytes, at: place))
      case 5: bytes.insert(contentsOf: [0x20, 0x20], at: lineStart(bytes, at: place))
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }

  private func lineStart(_ bytes: [UInt8], at place: Int) -> Int {
    bytes[..<place].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
  }

  private func line(_ bytes: [UInt8], at place: Int) -> [UInt8] {
    Array(bytes[lineStart(bytes, at: place)...].prefix { $0 != 0x0A }) + [0x0A]
  }
}
