import CHeadrace
import HostModel
import Synchronization

/// The services of an instance in a worker: they ask the host.
final class WorkerServices: HostServices, @unchecked Sendable {
  // As its superclass; nothing that it adds changes but the flag, which is atomic.
  private let endpoint: any WorkerEndpoint
  private let asking: any Monitor
  /// Whether there is a call: its host listens, or will as soon as it asks for what is read ahead.
  private let isHeard = Atomic<Bool>(false)

  init(_ endpoint: any WorkerEndpoint, _ provider: ServiceProvider, plugin: PluginDescription, lanes: any Lanes) {
    self.endpoint = endpoint
    asking = lanes.makeMonitor()
    super.init(provider, plugin: plugin.name, pipeline: "", secretNames: [], abiVersion: plugin.abiVersion)
  }

  /// In a worker the allocator's memory is shared with the host.
  override func find(_ id: String) -> UnsafeRawPointer? {
    id == HEADRACE_HOST_ALLOCATOR ? WorkerMemory.table.pointer : super.find(id)
  }

  /// A worker knows no secret: the host takes them out, and cuts only then. Half of one would not be found.
  override func presentable(_ text: String, most: Int) -> String { text }

  private func frame(_ kind: WorkerRequestKind, _ body: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    writer.put(kind.rawValue)
    body(&writer)
    return writer.bytes
  }

  private static let mostBytes = WorkerLimits.frameBytes.others

  func callBegins() { isHeard.store(true, ordering: .relaxed) }
  func callEnds() { isHeard.store(false, ordering: .relaxed) }

  /// Nobody listens between calls: what finds no room then is left out, and so is what is longer than a host takes.
  private func post(_ kind: WorkerRequestKind, _ body: (inout WireWriter) -> Void) {
    let frame = frame(kind, body)
    guard frame.count <= Self.mostBytes else { return }
    _ = endpoint.send(frame, on: .services, mayWait: isHeard.load(ordering: .relaxed))
  }

  /// One question at a time, from whichever thread.
  private func ask(_ kind: WorkerRequestKind, _ body: (inout WireWriter) -> Void) throws(Failure) -> [UInt8] {
    try asking.withLock { () throws(Failure) in try askNow(kind, body) }
  }

  /// The same for whoever is asking already, so that nobody comes between what belongs together.
  private func askNow(_ kind: WorkerRequestKind, _ body: (inout WireWriter) -> Void) throws(Failure) -> [UInt8] {
    let question = frame(kind, body)
    guard question.count <= Self.mostBytes else {
      let what = "a request of \(question.count) bytes is too large for a worker process, which sends \(Self.mostBytes)"
      throw Failure(.run, what, status: .invalidConfig)
    }
    guard endpoint.send(question, on: .services, mayWait: true), let answer = endpoint.receive(on: .services) else {
      throw Failure(.run, "the host is gone", status: .fatal)
    }
    var reader = WireReader(answer)
    let outcome = try WorkerOutcome(&reader)
    guard outcome.status == .ok else { throw Failure(outcome) }
    return try reader.data()
  }

  override func write(_ level: PluginLogLine.Level, _ message: String, fields: [(key: String, value: String)]) {
    guard level >= provider.minimumLevel else { return }
    post(.log) { writer in
      writer.put(level.rawValue)
      writer.put(message)
      writer.put(list: fields) { writer, field in
        writer.put(field.key)
        writer.put(field.value)
      }
    }
  }

  override func add(_ amount: Int64, to name: String) {
    post(.add) { writer in
      writer.put(amount)
      writer.put(name)
    }
  }

  override func set(_ name: String, to value: Double) {
    post(.set) { writer in
      writer.put(name)
      writer.put(value)
    }
  }

  override func secret(_ name: String) throws(Failure) -> [UInt8] { try ask(.secret) { $0.put(name) } }

  override func readState(_ key: String) throws(Failure) -> [UInt8] { try ask(.readState) { $0.put(key) } }

  override func writeState(_ key: String, _ value: [UInt8]) throws(Failure) {
    _ = try ask(.writeState) { writer in
      writer.put(key)
      writer.put(value)
    }
  }

  /// Whether it does is for the host to say.
  override var sendsRequests: Bool { true }

  /// The host goes by the deadline and the cancellation of the same call, which it knows itself.
  override func send(_ request: AskedRequest, during call: PresentCall) throws(Failure) -> HTTPResponse {
    try asking.withLock { () throws(Failure) in
      for start in stride(from: 0, to: request.body.count, by: WireMessage.pieceBytes) {
        let piece = Array(request.body[start..<min(start + WireMessage.pieceBytes, request.body.count)])
        _ = try askNow(.httpBody) { $0.put(piece) }
      }
      var reader = WireReader(try askNow(.httpSend) { $0.put(request) })
      var (response, count) = try reader.response()
      response.body.reserveCapacity(count)
      while response.body.count < count { response.body += try askNow(.httpTake) { _ in } }
      return response
    }
  }

  /// Appends bytes to a file that the host has open.
  func output(_ number: UInt64, _ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var start = 0
    repeat {
      let piece = Array(bytes[start..<min(start + WireMessage.pieceBytes, bytes.count)])
      _ = try ask(.output) { writer in
        writer.put(number)
        writer.put(piece)
      }
      start += piece.count
    } while start < bytes.count
  }
}
