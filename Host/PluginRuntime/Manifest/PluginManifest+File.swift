package import HostFormats
package import HostModel

extension PluginManifest {
  /// Reads a manifest. It is nil if there is any error among the diagnostics.
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - file: the name for places.
  package static func parse(_ bytes: [UInt8], file: String) -> (manifest: PluginManifest?, diagnostics: [Diagnostic]) {
    let document = YAMLDocument.parse(bytes, file: file)
    var mistakes = YAMLMistakes()
    mistakes.add(document.diagnostics)
    guard let root = document.root else { return (nil, mistakes.all) }
    let manifest = YAMLRecordDecoder.read(PluginManifest.self, from: root, &mistakes)
    return (mistakes.hasErrors ? nil : manifest, mistakes.all)
  }

  /// The JSON Schema of the file.
  package static var schema: JSONValue {
    YAMLSchemaDocument.of(PluginManifest.self, title: "Headrace plugin manifest", id: "headrace:manifest:1")
  }

  /// Whether the library can be loaded on a platform such as `linux-x86_64`.
  package func runs(on platform: String) -> Bool { platforms.isEmpty || platforms.contains(platform) }
}
