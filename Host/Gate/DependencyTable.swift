import HostModel

/// Dependencies by their key. The key is in the dependency, and a table of a hundred thousand would be twice as large if it
/// had it once more: a number stands for it, and the next one where two keys have the same.
struct DependencyTable: Sendable {
  /// In the order in which they were made, which is also that of memory: who looks at all of them does so quickly.
  private(set) var all: [Dependency] = []
  private var places: [UInt64: UInt32] = [:]

  subscript(key: DependencyKey) -> Dependency? {
    var number = Self.number(key)
    while let place = places[number] {
      if all[Int(place)].key == key { return all[Int(place)] }
      number &+= 1
    }
    return nil
  }

  /// - Parameter dependency: one whose key is not there.
  mutating func insert(_ dependency: Dependency) {
    var number = Self.number(dependency.key)
    while places[number] != nil { number &+= 1 }
    places[number] = UInt32(all.count)
    all.append(dependency)
  }

  private static func number(_ key: DependencyKey) -> UInt64 {
    var hasher = Hasher()
    key.hash(into: &hasher)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}
