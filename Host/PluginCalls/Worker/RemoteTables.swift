import CArrow
import CHeadrace
import HostModel

/// Tables whose functions call into a worker, so that the rest of the host sees a plugin like any other.
extension PluginTables {
  init(remote description: PluginDescription) {
    var entry = headrace_entry()
    entry.struct_size = UInt32(MemoryLayout<headrace_entry>.size)
    self.init(
      entry: entry, source: description.kinds["source"].map { .remote($0) },
      transform: description.kinds["transform"].map { .remote($0) },
      detector: description.kinds["detector"].map { .remote($0) },
      format: description.kinds["format"].map { .remote($0) },
      query: description.kinds["query"].map { .remote($0) },
      llm: description.kinds["llm"].map { .remote($0) })
  }
}

extension RemoteInstance {
  static func of(_ instance: OpaquePointer?) -> RemoteInstance? {
    instance.map { Unmanaged<RemoteInstance>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
  }

  /// Makes the instance that a stub table's factory was asked for.
  fileprivate static func create(
    _ kind: String, _ call: UnsafePointer<headrace_call>?, _ host: UnsafePointer<headrace_host>?,
    _ config: headrace_string, _ out: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<headrace_error>?
  ) -> headrace_status {
    guard let services = HostServices.of(host), let library = services.remote, let out else { return HEADRACE_FATAL }
    let instance = RemoteInstance(library, kind: kind, config: String(config), services: services)
    let status = instance.start(call, error)
    if status == HEADRACE_OK { out.pointee = OpaquePointer(Unmanaged.passRetained(instance).toOpaque()) }
    return status
  }
}

extension KindDescription {
  /// Constants live as long as the library, which is for ever.
  fileprivate func factory(
    _ create:
      @escaping @convention(c) (
        UnsafePointer<headrace_call>?, UnsafePointer<headrace_host>?, headrace_string,
        UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<headrace_error>?
      ) -> headrace_status
  ) -> UnsafePointer<headrace_factory> {
    let factory = UnsafeMutablePointer<headrace_factory>.allocate(capacity: 1)
    factory.initialize(
      to: headrace_factory(
        // The thread that a plugin is bound to is its worker's.
        struct_size: UInt32(MemoryLayout<headrace_factory>.size),
        flags: instanceFlags & ~UInt32(HEADRACE_INSTANCE_THREAD_BOUND), config_schema: lasting(schema), create: create,
        destroy: { instance in
          guard let instance else { return }
          let remote = Unmanaged<RemoteInstance>.fromOpaque(UnsafeRawPointer(instance)).takeRetainedValue()
          remote.destroy()
        }, cancel: { instance in RemoteInstance.of(instance)?.cancel() }))
    return UnsafePointer(factory)
  }
}

/// A text that is never freed.
private func lasting(_ text: String) -> headrace_string {
  let loan = Loan()
  let lent = loan.text(text)
  Forever.keep(loan)
  return lent
}

extension headrace_source {
  fileprivate static func remote(_ kind: KindDescription) -> headrace_source {
    headrace_source(
      struct_size: UInt32(MemoryLayout<headrace_source>.size), flags: kind.flags,
      factory: kind.factory { RemoteInstance.create("source", $0, $1, $2, $3, $4) },
      discover: { RemoteInstance.of($0)?.discover($1, $2, $3, $4, $5) ?? HEADRACE_FATAL },
      splits: { RemoteInstance.of($0)?.splits($1, $2, $3, $4) ?? HEADRACE_FATAL },
      open: { RemoteInstance.of($0)?.openReader($1, $2, $3, $4, $5) ?? HEADRACE_FATAL },
      read: { RemoteInstance.of($0)?.read($1, $2, $3, $4) ?? HEADRACE_FATAL },
      ack: kind.has("ack") ? { RemoteInstance.of($0)?.acknowledge($1, $2, $3) ?? HEADRACE_FATAL } : nil,
      close: { RemoteInstance.of($0)?.closeReader($1) })
  }
}

extension headrace_transform {
  fileprivate static func remote(_ kind: KindDescription) -> headrace_transform {
    headrace_transform(
      struct_size: UInt32(MemoryLayout<headrace_transform>.size), flags: kind.flags,
      factory: kind.factory { RemoteInstance.create("transform", $0, $1, $2, $3, $4) },
      bind: { RemoteInstance.of($0)?.bindTransform($1, $2, $3, $4, $5) ?? HEADRACE_FATAL },
      apply: { RemoteInstance.of($0)?.apply($1, $2, $3, $4) ?? HEADRACE_FATAL })
  }
}

extension headrace_detector {
  fileprivate static func remote(_ kind: KindDescription) -> headrace_detector {
    headrace_detector(
      struct_size: UInt32(MemoryLayout<headrace_detector>.size), flags: kind.flags,
      factory: kind.factory { RemoteInstance.create("detector", $0, $1, $2, $3, $4) },
      bind: { RemoteInstance.of($0)?.bindDetector($1, $2, $3, $4) ?? HEADRACE_FATAL },
      inspect: { RemoteInstance.of($0)?.inspect($1, $2, $3, $4) ?? HEADRACE_FATAL },
      finish: kind.has("finish") ? { RemoteInstance.of($0)?.finishRun($1, $2, $3, $4) ?? HEADRACE_FATAL } : nil,
      save: kind.has("save") ? { RemoteInstance.of($0)?.save($1, $2, $3) ?? HEADRACE_FATAL } : nil,
      restore: kind.has("restore") ? { RemoteInstance.of($0)?.restore($1, $2, $3) ?? HEADRACE_FATAL } : nil)
  }
}

extension headrace_format {
  fileprivate static func remote(_ kind: KindDescription) -> headrace_format {
    headrace_format(
      struct_size: UInt32(MemoryLayout<headrace_format>.size), flags: kind.flags,
      factory: kind.factory { RemoteInstance.create("format", $0, $1, $2, $3, $4) },
      extension: lasting(kind.fileExtension), iceberg_name: lasting(kind.icebergName),
      open: { RemoteInstance.of($0)?.openWriter($1, $2, $3, $4, $5) ?? HEADRACE_FATAL },
      write: { RemoteInstance.of($0)?.write($1, $2, $3, $4, $5, $6, $7) ?? HEADRACE_FATAL },
      finish: { RemoteInstance.of($0)?.finishWriter($1, $2, $3, $4) ?? HEADRACE_FATAL },
      abort: { RemoteInstance.of($0)?.abortWriter($1) })
  }
}

extension headrace_query {
  fileprivate static func remote(_ kind: KindDescription) -> headrace_query {
    headrace_query(
      struct_size: UInt32(MemoryLayout<headrace_query>.size), flags: kind.flags,
      factory: kind.factory { RemoteInstance.create("query", $0, $1, $2, $3, $4) },
      tables: { RemoteInstance.of($0)?.tables($1, $2, $3, $4) ?? HEADRACE_FATAL },
      run: { RemoteInstance.of($0)?.run($1, $2, $3, $4, $5, $6) ?? HEADRACE_FATAL },
      next: { RemoteInstance.of($0)?.next($1, $2, $3) ?? HEADRACE_FATAL })
  }
}

extension headrace_llm {
  fileprivate static func remote(_ kind: KindDescription) -> headrace_llm {
    headrace_llm(
      struct_size: UInt32(MemoryLayout<headrace_llm>.size), flags: kind.flags,
      factory: kind.factory { RemoteInstance.create("llm", $0, $1, $2, $3, $4) },
      complete: { RemoteInstance.of($0)?.complete($1, $2, $3, $4) ?? HEADRACE_FATAL })
  }
}
