package import HostFormats
package import HostNotifications
package import HostPolicyFile
package import HostQueue

/// What a platform file states at its top or in one of its environments. nil is "not stated".
package struct PlatformSettings: YAMLRecord {
  package static let summary = "Settings of the platform."

  /// The folder that holds catalog, lake, state and logs. `./.headrace` unless stated.
  package var home: Placed<String>?
  /// Folders with manifests. The installation's `plugins.d` unless stated.
  package var plugins: [Placed<String>]?
  package var lanes: LaneSection
  package var memory: MemorySection
  package var policy: PolicySection
  package var catalog: ServerSection
  package var objects: ServerSection
  package var queue: QueueSection
  /// Providers of language models, and the chains that they make.
  package var fallback = FallbackSections()
  /// Where operators are told of what happens. Nobody is, unless stated.
  package var notifications: [NotificationTarget]?
  /// Everything in the file that came from the environment or from files: what no log, error or event may show.
  package var secrets: [String] = []

  package init() {
    lanes = LaneSection()
    memory = MemorySection()
    policy = PolicySection()
    catalog = ServerSection()
    objects = ServerSection()
    queue = QueueSection()
  }

  package init(from fields: inout YAMLRecordDecoder) {
    home = fields.optional(
      "home", YAMLType.folder.placed, "The folder of catalog, lake, state and logs; ./.headrace unless stated.")
    plugins = fields.optional(
      "plugins", .oneOrMore(YAMLType.folder.placed), "Folders with manifests; the installation's unless stated.")
    lanes = fields.optional("lanes", .record, default: LaneSection(), "The threads that run plugins and storage.")
    memory = fields.optional("memory", .record, default: MemorySection(), "Bounds of memory.")
    policy = fields.optional("policy", .record, default: PolicySection(), "How calls are protected.")
    catalog = fields.optional("catalog", .record, default: ServerSection(), "The lake's catalog.")
    objects = fields.optional("objects", .record, default: ServerSection(), "The lake's object store.")
    queue = fields.optional("queue", .record, default: QueueSection(), "The durable queue of emergency mode.")
    notifications = fields.optional(
      "notifications", .notificationTargets, "Where operators are told of breakers and levels: webhooks and commands.")
    fallback.providers = fields.optional(
      "providers", .dictionary(of: .record, keys: "providers", names: .name("the name of a provider")), default: [:],
      "Providers of language models, by the names that chains call them.")
    fallback.chains = fields.optional(
      "fallback", .dictionary(of: .record, keys: "chains", names: .name("the name of a chain")), default: [:],
      "Chains: who answers when the first choice does not.")
    fields.reserved(
      "metadata", "cache", "lake", "election", "workers", "server", "secrets")
  }

  /// The names of the targets of notifications.
  package var targetNames: [String] { (notifications ?? []).map(\.name) }

  /// These settings laid over others: what is stated here wins.
  package func over(_ base: PlatformSettings) -> PlatformSettings {
    var result = PlatformSettings()
    result.home = home ?? base.home
    result.plugins = plugins ?? base.plugins
    result.lanes = lanes.over(base.lanes)
    result.memory = memory.over(base.memory)
    result.policy = policy.over(base.policy)
    result.catalog = catalog.over(base.catalog)
    result.objects = objects.over(base.objects)
    result.queue = queue.over(base.queue)
    result.fallback = fallback.over(base.fallback)
    result.notifications = notifications ?? base.notifications
    result.secrets = secrets + base.secrets
    return result
  }
}

/// A server that the host itself calls.
package struct ServerSection: YAMLRecord, Equatable {
  package static let summary = "A server that the host calls without a plugin."

  /// Over the platform's policy.
  package var policy: PolicySection

  package init() { policy = PolicySection() }

  package init(from fields: inout YAMLRecordDecoder) {
    policy = fields.optional(
      "policy", .record, default: PolicySection(), "How calls to it are protected, over the platform's policy.")
  }

  func over(_ base: ServerSection) -> ServerSection {
    var result = ServerSection()
    result.policy = policy.over(base.policy)
    return result
  }
}

/// The threads that run blocking calls.
package struct LaneSection: YAMLRecord, Equatable {
  package static let summary = "The threads that run plugins and storage."

  /// Twice the processors, at least 4, unless stated. Few: stages wait for each other; many: memory.
  package var count: Int?
  /// Lanes that may be written off with a call that does not return before the host refuses new work. 4 unless stated.
  package var maxLost: Int?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    count = fields.optional("count", .count(1...1024), "Threads; twice the processors, at least 4, unless stated.")
    maxLost = fields.optional(
      "max_lost", .count(0...1024), "Lanes that may be lost to calls that never return; 4 unless stated.")
    if let count, let maxLost, maxLost > count { fields.refuse("max_lost", "'max_lost' is above 'count'") }
  }

  func over(_ base: LaneSection) -> LaneSection {
    var result = LaneSection()
    result.count = count ?? base.count
    result.maxLost = maxLost ?? base.maxLost
    return result
  }
}

/// Where raw batches wait while the level is emergency.
package struct QueueSection: YAMLRecord, Equatable {
  package static let summary = "The durable queue of emergency mode, under HOME/queue."

  /// What the queue of one split may take. When it is full, the source waits.
  package var maxSize: ByteCount?
  /// The queue is read and freed in files of about this size.
  package var segment: ByteCount?
  /// Batches of so many bytes may be lost with the machine's power, never with the process alone; none unless stated.
  package var syncEvery: ByteCount?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    maxSize = fields.optional(
      "max_size", .bytes(.mebibytes(256) ... .mebibytes(1 << 30)),
      "What the queue of one split may take; 10GiB unless stated. When it is full, the source waits.")
    segment = fields.optional(
      "segment", .bytes(.mebibytes(1) ... .mebibytes(1024)), "The size of the queue's files; 8MiB unless stated.")
    syncEvery = fields.optional(
      "sync_every", .bytes(ByteCount(1) ... .mebibytes(1024)),
      "Bytes that a loss of power may take; each batch is synced unless stated.")
  }

  func over(_ base: QueueSection) -> QueueSection {
    var result = QueueSection()
    result.maxSize = maxSize ?? base.maxSize
    result.segment = segment ?? base.segment
    result.syncEvery = syncEvery ?? base.syncEvery
    return result
  }

  package var configuration: QueueConfiguration {
    var result = QueueConfiguration()
    result.maxBytes = maxSize.map { Int(clamping: $0.bytes) } ?? result.maxBytes
    result.segmentBytes = segment.map { Int(clamping: $0.bytes) } ?? result.segmentBytes
    result.sync = syncEvery.map { .bytes(Int(clamping: $0.bytes)) } ?? result.sync
    return result
  }
}

/// Bounds of what a run holds in memory.
package struct MemorySection: YAMLRecord, Equatable {
  package static let summary = "Bounds of what a run holds in memory."

  /// Batches and writers of a run together. 256MiB unless stated.
  package var limit: ByteCount?
  /// What a batch aims at. 1MiB unless stated.
  package var batch: ByteCount?
  /// Data files open at one time. 32 unless stated.
  package var openWriters: Int?

  package init() {}

  package init(from fields: inout YAMLRecordDecoder) {
    limit = fields.optional(
      "limit", .bytes(.mebibytes(16) ... .mebibytes(1 << 20)), "Batches and writers of a run; 256MiB unless stated.")
    batch = fields.optional(
      "batch", .bytes(ByteCount(1 << 10) ... .mebibytes(1024)), "What a batch aims at; 1MiB unless stated.")
    openWriters = fields.optional("open_writers", .count(1...10_000), "Data files open at one time; 32 unless stated.")
    if let limit, let batch, batch > limit { fields.refuse("batch", "'batch' is above 'limit'") }
  }

  func over(_ base: MemorySection) -> MemorySection {
    var result = MemorySection()
    result.limit = limit ?? base.limit
    result.batch = batch ?? base.batch
    result.openWriters = openWriters ?? base.openWriters
    return result
  }
}

extension YAMLType where Value == String {
  /// A path, absolute or relative to the file.
  static let folder = YAMLType.scalar(
    "a path", placeholder: "", schema: ["type": "string", "minLength": 1], shown: { .string($0) }
  ) { scalar in
    guard case .string(let text) = scalar.value, !text.isEmpty, !text.utf8.contains(0), text.utf8.count <= 4000 else {
      return nil
    }
    return text
  }
}
