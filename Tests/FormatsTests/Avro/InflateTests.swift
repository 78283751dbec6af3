import HostFormats
import TestSupport
import Testing

@Suite struct InflateTests {
  /// zlib's output for texts of every kind at several levels, made by Python: stored, fixed and dynamic blocks.
  private static let script = """
    import sys, zlib, random
    random.seed(int(sys.argv[1]))
    out = sys.stdout.buffer
    for n in range(300):
        kind = n % 4
        size = random.choice([0, 1, 5, 100, 5000, 70000])
        if kind == 0: data = bytes(random.randrange(256) for _ in range(size))
        elif kind == 1: data = bytes(random.choice(b'abc') for _ in range(size))
        elif kind == 2: data = (b'the same again and ' * (size // 19 + 1))[:size]
        else: data = bytes(min(255, int(random.expovariate(0.05))) for _ in range(size))
        c = zlib.compressobj(random.choice([0, 1, 6, 9]), zlib.DEFLATED, -15, 8, random.choice([0, 4]))
        z = c.compress(data) + c.flush()
        out.write(len(data).to_bytes(4, 'little') + len(z).to_bytes(4, 'little') + data + z)
    """

  @Test func everyKindOfBlockIsDecompressed() throws {
    let seed = TestSeed.of(1)
    print("seed \(seed)")
    var rest = try PythonOracle.run(Self.script, arguments: [String(seed)])[...]
    var count = 0
    while !rest.isEmpty {
      let sizes = [0, 4].map { start in
        rest.dropFirst(start).prefix(4).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      }
      rest = rest.dropFirst(8)
      let data = Array(rest.prefix(sizes[0]))
      let compressed = Array(rest.dropFirst(sizes[0]).prefix(sizes[1]))
      rest = rest.dropFirst(sizes[0] + sizes[1])
      let isSame = try Inflate.decompress(compressed, maximumSize: 1 << 20) == data
      #expect(isSame, "text \(count) of \(data.count) bytes")
      if data.count > 1 {
        #expect(throws: Inflate.Damage.self) { _ = try Inflate.decompress(compressed, maximumSize: data.count - 1) }
      }
      count += 1
    }
    #expect(count == 300)
  }

  @Test func damagedDataNeverTraps() throws {
    let seed = TestSeed.of(1)
    print("seed \(seed)")
    var random = Mutator(seed: seed)
    let script =
      "import sys,zlib;d=zlib.compressobj(9,8,-15);"
      + "sys.stdout.buffer.write(d.compress(b'alpha beta gamma delta '*9+bytes(range(200)))+d.flush())"
    let whole = try PythonOracle.run(script)
    var refused = 0
    for _ in 0..<5000 {
      do { _ = try Inflate.decompress(random.damaged(whole), maximumSize: 1 << 16) } catch { refused += 1 }
    }
    #expect(refused > 500)
  }
}
