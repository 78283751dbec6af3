/// The last lines that a plugin has logged, for whoever asks why it died.
struct LastLines {
  /// What is told of each.
  static let shownBytes = 500
  private(set) var texts: [String] = []

  mutating func add(_ line: String) {
    texts.append(String(decoding: line.utf8.prefix(HostServices.examinedBytes), as: UTF8.self))
    if texts.count > 3 { texts.removeFirst() }
  }
}
