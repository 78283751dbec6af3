public import CHeadrace

/// The tables of C functions behind the one symbol of a plugin. Made once, and never freed: the host may look at them
/// as long as the library is loaded.
public struct PluginLibrary: @unchecked Sendable {
  /// What `headrace_plugin_entry` returns.
  public let entry: UnsafePointer<headrace_entry>?

  /// A library has one description: making a second one replaces the first.
  public init(_ description: PluginDescription) {
    let tables = Tables(description)
    Self.made.append(tables)
    entry = UnsafePointer(tables.entry)
  }

  /// The library of a description with these parts.
  public init(
    name: String, version: String, source: (any Source.Type)? = nil, transform: (any Transform.Type)? = nil,
    detector: (any Detector.Type)? = nil, languageModel: (any LanguageModel.Type)? = nil
  ) {
    self.init(
      PluginDescription(
        name: name, version: version, source: source, transform: transform, detector: detector,
        languageModel: languageModel))
  }

  static var tables: Tables? { made.last }

  /// Written before the host has the entry, and only read afterwards. What was replaced may have been looked at.
  nonisolated(unsafe) private static var made: [Tables] = []
}

/// Everything that the entry leads to.
final class Tables {
  let description: PluginDescription
  let entry: UnsafeMutablePointer<headrace_entry>
  let source: UnsafeMutablePointer<headrace_source>?
  let transform: UnsafeMutablePointer<headrace_transform>?
  let detector: UnsafeMutablePointer<headrace_detector>?
  let languageModel: UnsafeMutablePointer<headrace_llm>?
  private let arena = Arena()

  init(_ description: PluginDescription) {
    self.description = description
    let arena = arena
    source = description.source.map { arena.place(SourceTable.make(for: $0, in: arena)) }
    transform = description.transform.map { arena.place(TransformTable.make(for: $0, in: arena)) }
    detector = description.detector.map { arena.place(DetectorTable.make(for: $0, in: arena)) }
    languageModel = description.languageModel.map { arena.place(LanguageModelTable.make(for: $0, in: arena)) }
    entry = arena.place(
      headrace_entry(
        struct_size: UInt32(MemoryLayout<headrace_entry>.size), reserved: 0, name: arena.string(description.name),
        version: arena.string(description.version), negotiate: negotiate, init: nil, deinit: nil,
        get_extension: findExtension))
  }

  static func factory(
    for type: any PluginInstance.Type, in arena: Arena, create: @escaping CreateFunction
  ) -> UnsafePointer<headrace_factory> {
    var flags: UInt32 = 0
    if type.isThreadBound { flags |= UInt32(HEADRACE_INSTANCE_THREAD_BOUND) }
    if type.retriesByItself { flags |= UInt32(HEADRACE_INSTANCE_RETRIES) }
    return UnsafePointer(
      arena.place(
        headrace_factory(
          struct_size: UInt32(MemoryLayout<headrace_factory>.size), flags: flags,
          config_schema: arena.string(type.configurationSchema), create: create,
          destroy: { InstanceBox.destroy($0) }, cancel: { InstanceBox.borrow($0)?.cancel() })))
  }

  typealias CreateFunction =
    @convention(c) (
      UnsafePointer<headrace_call>?, UnsafePointer<headrace_host>?, headrace_string,
      UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<headrace_error>?
    ) -> headrace_status

  /// The common part of `create`: reads what the host gave, and lends the box.
  static func create(
    _ host: UnsafePointer<headrace_host>?, _ config: headrace_string, _ out: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<headrace_error>?, _ make: (Configuration, Host) throws -> InstanceBox?
  ) -> headrace_status {
    Barrier.run(error) {
      guard let out else { throw Barrier.missing("place for the instance") }
      guard let box = try make(try Configuration(parsing: config.text), try Host(host)) else {
        throw PluginError(.unsupported, "this plugin is not of that kind")
      }
      out.pointee = box.lend()
      return HEADRACE_OK
    }
  }
}

private func negotiate(
  _ minimum: UInt32, _ maximum: UInt32, _ version: UnsafeMutablePointer<UInt32>?,
  _ error: UnsafeMutablePointer<headrace_error>?
) -> headrace_status {
  Barrier.run(error) {
    let ours = UInt32(HEADRACE_ABI_VERSION)
    guard minimum <= ours, ours <= maximum else {
      throw PluginError(
        .unsupported, "the plugin speaks version \(ours) of the plugin interface, the host \(minimum) to \(maximum)")
    }
    version?.pointee = ours
    return HEADRACE_OK
  }
}

private func findExtension(_ id: headrace_string) -> UnsafeRawPointer? {
  guard let tables = PluginLibrary.tables else { return nil }
  switch id.text {
  case HEADRACE_SOURCE: return tables.source.map { UnsafeRawPointer($0) }
  case HEADRACE_TRANSFORM: return tables.transform.map { UnsafeRawPointer($0) }
  case HEADRACE_DETECTOR: return tables.detector.map { UnsafeRawPointer($0) }
  case HEADRACE_LLM: return tables.languageModel.map { UnsafeRawPointer($0) }
  default: return nil
  }
}
