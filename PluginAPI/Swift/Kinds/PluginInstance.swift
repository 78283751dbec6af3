/// What all kinds have in common. Calls to one instance come one after another but from changing threads; `cancel`
/// alone comes at any time.
public protocol PluginInstance: AnyObject, SendableMetatype {
  /// A JSON Schema (draft 2020-12) of the configuration, with defaults. The host validates against it.
  static var configurationSchema: String { get }
  /// Whether all calls must come from the thread that created the instance.
  static var isThreadBound: Bool { get }
  /// Whether the plugin repeats failed operations by itself; the host then does not.
  static var retriesByItself: Bool { get }

  /// Takes the configuration and opens nothing. Throws `invalidConfig` for what a schema cannot say.
  init(configuration: Configuration, host: Host) throws

  /// The call under way should end soon with `cancelled`. Any thread, concurrently with that call; never blocks, and
  /// does nothing if no call is under way.
  func cancel()
}

extension PluginInstance {
  public static var isThreadBound: Bool { false }
  public static var retriesByItself: Bool { false }
  public func cancel() {}
}
