import HostFormats
package import HostModel

/// The project of a new plugin, made from the templates of the kit.
package struct PluginProject: Sendable {
  package enum Language: String, Sendable, CaseIterable {
    case c, cpp, rust, swift

    /// The commands of its usual tool.
    package var build: String {
      switch self {
      case .c: "make"
      case .cpp: "cmake -B build && cmake --build build"
      case .rust: "cargo build --release"
      case .swift: "swift build -c release"
      }
    }

    package var test: String {
      switch self {
      case .c: "make test"
      case .cpp: "ctest --test-dir build"
      case .rust: "cargo test --release"
      case .swift: "swift test"
      }
    }
  }

  /// The kinds that there are templates of.
  package static let kinds: [PluginKind] = [.source, .transform, .detector, .llm]

  /// The kind that a user names.
  ///
  /// - Throws: why there is no template of it, and what to use or to read instead.
  package static func kind(named word: String) throws(Failure) -> PluginKind {
    if let refusal = refusal(of: word) { throw refusal }
    guard let kind = PluginKind(rawValue: word) else {
      throw Failure(
        .invalidInput, "there is no kind of plugin '\(word)'",
        advice: EditDistance.suggestion(for: word, among: kinds.map(\.rawValue)) ?? templates)
    }
    return kind
  }

  private static let templates = "there are templates of " + kinds.map(\.rawValue).joined(separator: ", ")

  /// Of a kind of the interface that a project cannot be made of.
  private static func refusal(of kind: String) -> Failure? {
    let (why, advice): (String, String)
    switch kind {
    case "format":
      why = "its name goes into the lake's metadata, which knows PARQUET, ORC and AVRO, and no template writes those"
      advice = "see docs/plugins/format.md for what one has to do; \(templates)"
    case "cdc": (why, advice) = ("this version has no such plugins yet", "did you mean 'source'?")
    case "sink":
      why = "this version has no such plugins yet: it writes to its lake"
      advice = "did you mean 'transform'? A format writes the lake's files: see docs/plugins/format.md"
    case "query":
      why = "it is a draft, which a library has beside its kinds and no manifest names"
      advice = "did you mean 'transform'?"
    default: return nil
    }
    return Failure(.invalidInput, "there is no template of the kind '\(kind)': \(why)", advice: advice)
  }

  private static let fileLimit = 1 << 20
  private let name: String
  private let kind: PluginKind
  private let language: Language
  private let kit: String

  /// - Parameters:
  ///   - name: the plugin's: lower case, digits and hyphens.
  ///   - kit: the folder of the interface, with headers, layers and templates.
  /// - Throws: what is wrong with the name or the kind.
  package init(name: String, kind: PluginKind, language: Language, kit: String) throws(Failure) {
    guard Self.isName(name) else {
      throw Failure(
        .invalidInput, "'\(name)' is no name for a plugin",
        advice: "write 2 to 40 lower-case letters, digits and single hyphens, beginning with a letter")
    }
    if let refusal = Self.refusal(of: kind.rawValue) { throw refusal }
    self.name = name
    self.kind = kind
    self.language = language
    self.kit = kit
  }

  private static func isName(_ name: String) -> Bool {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    return (2...40).contains(name.utf8.count) && name.first.map { ("a"..."z").contains($0) } == true
      && parts.allSatisfy { part in
        !part.isEmpty && part.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) }
      }
  }

  /// - Throws: if a project cannot be written to a folder since it is there.
  package static func checkPlace(_ folder: String, _ files: any FileSystem) throws(Failure) {
    guard try files.info(folder) == nil else {
      throw Failure(.invalidInput, "\(folder): is there already", advice: "choose another folder with --into")
    }
  }

  /// Writes the project into a folder that is not there yet: all of it, or nothing.
  ///
  /// - Parameter partial: a folder to write it in before it gets its name; one beside it unless stated.
  /// - Returns: the paths of its files, from the folder on.
  package func write(
    to folder: String, _ files: any FileSystem, writing partial: String? = nil
  ) throws(Failure) -> [String] {
    try Self.checkPlace(folder, files)
    var contents: [String: [UInt8]] = [:]
    for source in [
      "any/common", "any/\(kind.rawValue)", "\(language.rawValue)/common", "\(language.rawValue)/\(kind.rawValue)",
    ] {
      try fill("\(kit)/Templates/\(source)", "", files, &contents)
    }
    let sorted = contents.sorted { $0.key < $1.key }
    do throws(Failure) {
      try files.createFolder(folder, holding: sorted.map { ($0.key, $0.value) }, writing: partial)
    } catch { throw error.of("\(folder): the project is not written") }
    return sorted.map(\.key)
  }

  /// Reads a folder of templates. The later of two of the same name counts.
  private func fill(
    _ source: String, _ path: String, _ files: any FileSystem, _ contents: inout [String: [UInt8]]
  ) throws(Failure) {
    guard try files.info(source)?.kind == .directory else {
      throw Failure(
        .environment, "\(source): there is no such template", advice: "install Headrace again, with 'make install'")
    }
    for name in try files.list(source) {
      let target = path + filled(name)
      if try files.info("\(source)/\(name)")?.kind == .directory {
        try fill("\(source)/\(name)", target + "/", files, &contents)
      } else {
        let text = String(decoding: try files.read("\(source)/\(name)", limit: Self.fileLimit), as: UTF8.self)
        contents[target] = Array(filled(text).utf8)
      }
    }
  }

  /// A template's text with what stands between at signs filled in.
  func filled(_ text: String) -> String {
    let words = name.split(separator: "-").map(String.init)
    let values = [
      "name": name, "ident": words.joined(separator: "_"),
      "Type": words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(), "kind": kind.rawValue, "kit": kit,
      "pkgconfig": kit + "/pkgconfig", "build": language.build, "test": language.test,
    ]
    return values.reduce(text) { $0.replacing("@\($1.key)@", with: $1.value) }
  }
}
