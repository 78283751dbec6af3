import HostModel
import HostSystem
import TestSupport
import Testing

/// A process that ends anywhere, without power or with it.
@Suite struct InterruptedFolderTests {
  @Test func aFolderIsThereWholeOrNotAtAllWhereverItsMakerEnds() throws {
    let wanted: [(path: String, bytes: [UInt8])] = [("a/x", [1, 2, 3]), ("a/y", [4]), ("z", [5])]
    var (whole, absent) = (0, 0)
    for place in 1...60 {
      let files = MemoryFileSystem(seed: UInt64(place))
      try files.createDirectory("/volume")
      files.inject(.failure(at: files.trace.count + place))
      do { try files.createFolder("/volume/new", holding: wanted) } catch {}
      files.crash(.someUnsynced)
      guard try files.info("/volume/new") != nil else {
        absent += 1
        continue
      }
      whole += 1
      for (path, bytes) in wanted { #expect(try files.read("/volume/new/" + path, limit: 9) == bytes, "\(place)") }
    }
    #expect(whole > 0 && absent > 0)
  }

  /// Files of a plugin of two versions: at every moment they are those of one, or it is known what is to be done.
  @Test(arguments: CrashLoss.allCases)
  func filesThatBelongTogetherAreThoseOfOneVersionWhereverTheirWriterEnds(_ loss: CrashLoss) throws {
    let old: [(name: String, bytes: [UInt8])] = [("lib.so", [1, 1]), ("p.yaml.sig", [1, 2]), ("p.yaml", [1, 3])]
    let new: [(name: String, bytes: [UInt8])] = [
      ("lib.so", [2, 1]), ("p.yaml.check.json", [2, 2]), ("p.yaml", [2, 3]),
    ]
    func found(_ files: MemoryFileSystem) throws -> [String: [UInt8]] {
      try Dictionary(uniqueKeysWithValues: files.files.map { ($0, try files.read($0, limit: 1000)) })
    }
    func version(_ contents: [(name: String, bytes: [UInt8])]) -> [String: [UInt8]] {
      Dictionary(uniqueKeysWithValues: contents.map { ("/plugins.d/" + $0.name, $0.bytes) })
    }
    // A report is no part of what the other version names.
    let (before, after) = (version(old), version(new))
    var ends = (old: 0, new: 0, between: 0)
    for place in 0... {
      let files = MemoryFileSystem(seed: UInt64(place))
      try files.replaceTogether(in: "/plugins.d", old)
      let next = files.trace.count + place
      files.inject(place.isMultiple(of: 2) ? .crashAfter(next) : .crashWithin(next))
      let failure = failure { try files.replaceTogether(in: "/plugins.d", new, removing: "p.yaml.sig") }
      files.crash(loss)
      let isBetween = try files.isReplacing(in: "/plugins.d")
      let visible = try found(files).filter { !$0.key.contains("/.incoming/") }
      if visible != before, visible != after {
        #expect(isBetween, "\(place): \(visible)")
        ends.between += 1
      }
      try files.finishReplacing(in: "/plugins.d")
      let mended = try found(files)
      #expect(mended == before || mended == after, "\(place): \(mended)")
      if mended == before { ends.old += 1 } else { ends.new += 1 }
      if failure == nil { break }
    }
    #expect(ends.old > 3 && ends.new > 3 && ends.between > 1, "\(ends)")
  }
}
