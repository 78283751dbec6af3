import CHeadrace
import Glibc
import HostModel
import Synchronization

/// The host that a plugin under trial sees: it offers what every host does, and looks at how that is used.
final class CheckHost: @unchecked Sendable {
  // What changes is guarded by the mutex; the C structures are written before the plugin sees them.
  private struct Use {
    var mistake: (clause: String, what: String)?
    var blocks: [UInt: Block] = [:]
    /// Blocks that were freed last, kept back and filled: who goes on writing to them is seen.
    var freed: [Block?] = .init(repeating: nil, count: 64)
    var frees = 0
    var lines = 0
    var metrics: Set<String> = []
    var values: [String: [UInt8]] = [:]
    var unanswered: String?
    var redactor = Redactor([])
  }

  private struct Block {
    var size: Int
    var memory: SendablePointer
  }

  private static let canary = 1024
  private static let filling: UInt8 = 0xC7
  private static let freedFilling: Int32 = 0xDD
  private let use = Mutex(Use())
  private let secrets: Set<String>
  /// What the plugin may call over HTTP.
  let http: HTTPAccess
  /// What it is answered there.
  let answers: [CheckAnswer]

  init(secrets: [String], http: [String], answers: [CheckAnswer] = [], clock: any Clock) {
    self.secrets = Set(secrets)
    self.answers = answers
    self.http = HTTPAccess(
      plugin: "", hosts: HTTPHosts(http), client: AnsweringClient(answers: answers), clock: clock)
  }

  /// What to do about the last request that there was no answer to.
  var unanswered: String? {
    get { use.withLock { $0.unanswered } }
    set { use.withLock { $0.unanswered = newValue } }
  }

  /// Takes out what the plugin was given as secrets.
  var redactor: Redactor { use.withLock { $0.redactor } }

  static func of(_ host: UnsafePointer<headrace_host>?) -> CheckHost? {
    (host?.pointee.ctx).map { Unmanaged<CheckHost>.fromOpaque($0).takeUnretainedValue() }
  }

  /// The structure that an instance gets. The host has to outlive it.
  func structure() -> headrace_host {
    headrace_host(
      struct_size: UInt32(MemoryLayout<headrace_host>.size), abi_version: HostABI.maximum,
      ctx: Unmanaged.passUnretained(self).toOpaque(),
      get_extension: { _, id in CheckHostTables.find(String(id)) })
  }

  /// The first thing that a plugin did wrong with what the host lent.
  func checkUse() throws(Objection) {
    let mistake = use.withLock { use in
      let damage =
        use.blocks.values.lazy.compactMap { Self.damage($0) }.first
        ?? use.freed.lazy.compactMap { $0.flatMap(Self.damageAfterFree) }.first
      return use.mistake ?? damage.map { ("HST-1", $0) }
    }
    if let mistake { throw .broken(mistake.clause, mistake.what) }
  }

  /// Blocks of the host's allocator that were not given back.
  var blocks: Int { use.withLock { $0.blocks.count } }

  /// How many bytes of a block of the host lie behind an address; nil if the address is in none.
  func room(behind address: UnsafeRawPointer) -> Int? {
    use.withLock { use in
      let address = UInt(bitPattern: address)
      return use.blocks.lazy.filter { address >= $0.key && address <= $0.key + UInt($0.value.size) }
        .map { $0.value.size - Int(address - $0.key) }.first
    }
  }

  /// Whether an address lies in a block that was freed.
  func wasFreed(_ address: UnsafeRawPointer) -> Bool {
    use.withLock { use in
      use.freed.contains { block in
        guard let block else { return false }
        let start = UnsafeRawPointer(block.memory.raw)
        return address >= start && address < start + max(1, block.size)
      }
    }
  }

  func note(_ clause: String, _ what: String) {
    use.withLock { use in if use.mistake == nil { use.mistake = (clause, what) } }
  }
}

// MARK: What the plugin calls

extension CheckHost {
  fileprivate func text(_ value: headrace_string, _ what: String, limit: Int) -> String {
    guard value.length == 0 || value.data != nil else {
      note("HST-2", "\(what) has \(value.length) bytes and is NULL")
      return ""
    }
    guard value.length <= 1 << 40 else {
      note("HST-2", "\(what) has \(value.length) bytes")
      return ""
    }
    let bytes = UnsafeRawBufferPointer(start: value.data, count: min(Int(value.length), limit + 1))
    if bytes.count > limit { note("HST-2", "\(what) is longer than \(limit) bytes") }
    if String(validating: bytes.prefix(limit), as: UTF8.self) == nil, value.length <= limit {
      note("HST-2", "\(what) is no UTF-8")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  fileprivate func log(
    _ level: Int32, _ message: headrace_string, _ fields: UnsafePointer<headrace_key_value>?, _ n: UInt64
  ) {
    if !(HEADRACE_LOG_DEBUG...HEADRACE_LOG_ERROR).contains(level) { note("HST-2", "a log line of level \(level)") }
    if text(message, "a log line", limit: 8 << 10).hasControlCharacter {
      note("HST-2", "a log line with control characters")
    }
    if n > 64 || (n > 0 && fields == nil) { note("HST-2", "a log line with \(n) fields") }
    if let fields, n <= 64 {
      for index in 0..<Int(n) {
        _ = text(fields[index].key, "a field's name", limit: 1 << 10)
        _ = text(fields[index].value, "a field's value", limit: 8 << 10)
      }
    }
    let lines = use.withLock { use in
      use.lines += 1
      return use.lines
    }
    if lines > 10_000 { note("HST-2", "more than 10,000 log lines in one attempt") }
  }

  fileprivate func metric(_ name: headrace_string) {
    let name = text(name, "a metric's name", limit: 128)
    if !PluginMetrics.isName(name) {
      note("HST-3", "the metric '\(name)': lower case, digits and underscores are allowed")
    }
    if use.withLock({ $0.metrics.insert(name).inserted && $0.metrics.count == 65 }) {
      note("HST-3", "more than 64 metrics")
    }
  }

  fileprivate func secret(_ name: headrace_string) -> (headrace_status, [UInt8]) {
    let name = text(name, "a secret's name", limit: 1 << 10)
    let isDeclared = secrets.contains { declared in
      declared.hasSuffix("*") ? name.hasPrefix("env:" + declared.dropLast()) : name == "env:" + declared
    }
    guard isDeclared else {
      note("HST-4", "it asks for the secret '\(name)', which its manifest does not declare")
      return (HEADRACE_PERMISSION_DENIED, [])
    }
    guard let value = getenv(String(name.dropFirst(4))) else { return (HEADRACE_NOT_FOUND, []) }
    let secret = String(cString: value)
    use.withLock { $0.redactor = $0.redactor.adding(secret) }
    return (HEADRACE_OK, Array(secret.utf8))
  }

  fileprivate func readState(_ key: headrace_string) -> [UInt8]? {
    let key = stateKey(key)
    return use.withLock { $0.values[key] }
  }

  fileprivate func writeState(_ key: headrace_string, _ value: headrace_bytes) -> headrace_status {
    let key = stateKey(key)
    guard value.length <= 1 << 20, value.length == 0 || value.data != nil else {
      note("HST-4", "a value of the state store with \(value.length) bytes; 1 MiB is the most")
      return HEADRACE_INVALID_CONFIG
    }
    use.withLock { $0.values[key] = [UInt8](value) }
    return HEADRACE_OK
  }

  private func stateKey(_ key: headrace_string) -> String {
    let text = text(key, "a key of the state store", limit: 128)
    if text.isEmpty { note("HST-4", "an empty key of the state store") }
    return text
  }
}

// MARK: Memory with a fence on both sides

extension CheckHost {
  fileprivate func allocate(_ bytes: UInt64) -> UnsafeMutableRawPointer? {
    guard bytes <= 1 << 32 else { return nil }
    let size = Int(bytes)
    var base: UnsafeMutableRawPointer?
    guard posix_memalign(&base, 64, size + 2 * Self.canary) == 0, let base else { return nil }
    memset(base, Int32(Self.filling), Self.canary)
    memset(base + Self.canary + size, Int32(Self.filling), Self.canary)
    let memory = base + Self.canary
    use.withLock { use in
      use.blocks[UInt(bitPattern: memory)] = Block(size: size, memory: SendablePointer(memory))
    }
    return memory
  }

  fileprivate func free(_ memory: UnsafeMutableRawPointer?) {
    guard let memory else { return }
    let key = UInt(bitPattern: memory)
    let (block, wasFreed) = use.withLock { use in
      (use.blocks.removeValue(forKey: key), use.freed.contains { $0?.memory.raw == memory })
    }
    guard let block else {
      let what = wasFreed ? "it frees memory of the host's twice" : "it frees memory that is not the host's to free"
      return note("HST-1", what)
    }
    if let damage = Self.damage(block) { note("HST-1", damage) }
    memset(block.memory.raw, Self.freedFilling, block.size)
    let oldest = use.withLock { use in
      let place = use.frees % use.freed.count
      use.frees += 1
      defer { use.freed[place] = block }
      return use.freed[place]
    }
    if let oldest { letGo(oldest) }
  }

  private func letGo(_ block: Block) {
    if let damage = Self.damageAfterFree(block) { note("HST-1", damage) }
    Glibc.free(block.memory.raw - Self.canary)
  }

  private static func damageAfterFree(_ block: Block) -> String? {
    let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(block.memory.raw), count: block.size)
    let isWhole = bytes.allSatisfy { $0 == UInt8(freedFilling) }
    return isWhole ? damage(block) : "it writes to \(block.size) bytes of the host's that it has freed"
  }

  private static func damage(_ block: Block) -> String? {
    func isWhole(_ fence: UnsafeMutableRawPointer) -> Bool {
      UnsafeRawBufferPointer(start: UnsafeRawPointer(fence), count: canary).allSatisfy { $0 == filling }
    }
    let isWhole = isWhole(block.memory.raw - canary) && isWhole(block.memory.raw + block.size)
    return isWhole ? nil : "it writes outside of a block of \(block.size) bytes of the host's"
  }
}

/// An address that is looked at under a lock.
private struct SendablePointer: @unchecked Sendable {
  let raw: UnsafeMutableRawPointer
  init(_ raw: UnsafeMutableRawPointer) { self.raw = raw }
}

/// The C structures, the same for every host under trial.
private enum CheckHostTables {
  static func find(_ id: String) -> UnsafeRawPointer? {
    switch id {
    case HEADRACE_HOST_LOG: log.pointer
    case HEADRACE_HOST_METRICS: metrics.pointer
    case HEADRACE_HOST_SECRETS: secrets.pointer
    case HEADRACE_HOST_STATE: state.pointer
    case HEADRACE_HOST_ALLOCATOR: allocator.pointer
    case HEADRACE_HOST_HTTP: CheckHost.httpTable.pointer
    default: nil
    }
  }

  /// The allocator's `free` may come without a host, after the instance is gone: there is one host in a process.
  nonisolated(unsafe) static weak var only: CheckHost?

  private static let log = HostConstant(
    headrace_host_log(
      struct_size: UInt32(MemoryLayout<headrace_host_log>.size), reserved: 0,
      is_enabled: { _, level in level >= HEADRACE_LOG_DEBUG ? 1 : 0 },
      write: { host, level, message, fields, count in CheckHost.of(host)?.log(level, message, fields, count) }))

  private static let metrics = HostConstant(
    headrace_host_metrics(
      struct_size: UInt32(MemoryLayout<headrace_host_metrics>.size), reserved: 0,
      add: { host, name, _ in CheckHost.of(host)?.metric(name) },
      set: { host, name, _ in CheckHost.of(host)?.metric(name) }))

  private static let secrets = HostConstant(
    headrace_host_secrets(
      struct_size: UInt32(MemoryLayout<headrace_host_secrets>.size), reserved: 0,
      read: { host, name, out, error in
        guard let host = CheckHost.of(host) else { return HEADRACE_INVALID_CONFIG }
        let (status, bytes) = host.secret(name)
        return answer(status, bytes, out, error)
      }))

  private static let state = HostConstant(
    headrace_host_state(
      struct_size: UInt32(MemoryLayout<headrace_host_state>.size), reserved: 0,
      read: { host, key, out, error in
        guard let value = CheckHost.of(host)?.readState(key) else { return answer(HEADRACE_NOT_FOUND, [], out, error) }
        return answer(HEADRACE_OK, value, out, error)
      },
      write: { host, key, value, error in
        answer(CheckHost.of(host)?.writeState(key, value) ?? HEADRACE_INVALID_CONFIG, [], nil, error)
      }))

  private static let allocator = HostConstant(
    headrace_host_allocator(
      struct_size: UInt32(MemoryLayout<headrace_host_allocator>.size), reserved: 0,
      allocate: { host, bytes in
        guard let host = CheckHost.of(host) else { return nil }
        only = host
        return host.allocate(bytes)
      },
      free: { _, memory in only?.free(memory) }))

  private static func answer(
    _ status: headrace_status, _ bytes: [UInt8], _ out: UnsafeMutablePointer<headrace_buffer>?,
    _ error: UnsafeMutablePointer<headrace_error>?
  ) -> headrace_status {
    guard status == HEADRACE_OK else {
      fill(error, Failure(.run, "the host has no such value", status: Status(rawValue: status)))
      return status
    }
    lend(bytes, to: out)
    return status
  }
}
