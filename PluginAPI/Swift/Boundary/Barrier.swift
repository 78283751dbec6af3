import CHeadrace

/// What every exported function has around it: no Swift error leaves a plugin but as a status.
enum Barrier {
  /// Runs the body of an exported function without an instance.
  static func run(_ error: UnsafeMutablePointer<headrace_error>?, _ body: () throws -> headrace_status)
    -> headrace_status
  {
    do { return try body() } catch let thrown { return report(translate(thrown), to: error) }
  }

  /// Runs the body of an exported function of an instance. After a fatal error nothing reaches the instance any more.
  static func run<Box: InstanceBox>(
    _ instance: OpaquePointer?, as type: Box.Type, _ error: UnsafeMutablePointer<headrace_error>?,
    _ body: (Box) throws -> headrace_status
  ) -> headrace_status {
    guard let box = Box.borrow(instance) else { return report(missing("instance"), to: error) }
    if let poison = box.poison { return report(poison, to: error) }
    do { return try body(box) } catch let thrown {
      let failure = translate(thrown)
      if failure.status == .fatal { box.poison = failure }
      return report(failure, to: error)
    }
  }

  /// The error for a pointer that the contract promises and the host did not give.
  static func missing(_ argument: String) -> PluginError {
    PluginError(.fatal, "the host gave no \(argument)")
  }

  private static func translate(_ thrown: any Error) -> PluginError {
    if let failure = thrown as? PluginError { return failure }
    return PluginError(.fatal, "unexpected error: \(thrown)")
  }

  private static func report(_ failure: PluginError, to error: UnsafeMutablePointer<headrace_error>?)
    -> headrace_status
  {
    if let error { failure.fill(error) }
    return failure.status.rawValue
  }
}

/// What stands behind a `headrace_instance`.
class InstanceBox {
  /// The fatal error after which the instance is unusable.
  var poison: PluginError?

  static func borrow(_ pointer: OpaquePointer?) -> Self? {
    guard let pointer else { return nil }
    return Unmanaged<Self>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
  }

  /// Gives the instance to the host, which gives it back to `destroy`.
  func lend() -> OpaquePointer { OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }

  static func destroy(_ pointer: OpaquePointer?) {
    guard let pointer else { return }
    Unmanaged<InstanceBox>.fromOpaque(UnsafeRawPointer(pointer)).release()
  }

  /// Asks the call under way to end. Any thread.
  func cancel() {}
}

extension PluginError {
  /// Moves the error into the structure of the host.
  func fill(_ error: UnsafeMutablePointer<headrace_error>) {
    let arena = Arena()
    var filled = headrace_error()
    filled.status = status.rawValue
    filled.vendor_code = vendorCode
    filled.retry_after_ns = retryAfter.map(\.wholeNanoseconds) ?? Int64(HEADRACE_NO_RETRY_AFTER)
    filled.message = arena.string(message.onOneLine)
    filled.vendor_state = arena.string(vendorState)
    let pairs = details.map { headrace_key_value(key: arena.string($0.key), value: arena.string($0.value)) }
    filled.details = UnsafePointer(arena.array(pairs))
    filled.n_details = UInt64(pairs.count)
    filled.private_data = Unmanaged.passRetained(arena).toOpaque()
    filled.release = { Released.once($0, \.private_data, \.release) }
    if Sized.has(\.release, in: UnsafePointer(error)) {
      Sized.write(filled, to: error)
    } else {
      Unmanaged.passUnretained(arena).release()
    }
  }
}

extension String {
  /// Without control characters: a message is one line for a person, whatever it tells of.
  fileprivate var onOneLine: String {
    String(UnicodeScalarView(unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "\u{FFFD}" : $0 }))
  }
}

/// The release callback of everything that an arena stands behind.
enum Released {
  static func once<T, R>(
    _ pointer: UnsafeMutablePointer<T>?, _ data: WritableKeyPath<T, UnsafeMutableRawPointer?>,
    _ release: WritableKeyPath<T, R?>
  ) {
    guard let pointer, let arena = pointer.pointee[keyPath: data] else { return }
    pointer.pointee[keyPath: data] = nil
    pointer.pointee[keyPath: release] = nil
    Unmanaged<Arena>.fromOpaque(arena).release()
  }
}

extension Duration {
  /// In nanoseconds, clamped to the range of 64 bits.
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflowed ? (seconds < 0 ? .min : .max) : sum
  }
}
