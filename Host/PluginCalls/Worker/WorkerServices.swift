import CHeadrace
import HostModel

/// The services of an instance in a worker: they ask the host.
final class WorkerServices: HostServices, @unchecked Sendable {
  private let endpoint: any WorkerEndpoint
  private let asking: any Monitor

  init(_ endpoint: any WorkerEndpoint, _ provider: ServiceProvider, plugin: PluginDescription, lanes: any Lanes) {
    self.endpoint = endpoint
    asking = lanes.makeMonitor()
    super.init(provider, plugin: plugin.name, pipeline: "", secretNames: [], abiVersion: plugin.abiVersion)
  }

  /// In a worker the allocator's memory is shared with the host.
  override func find(_ id: String) -> UnsafeRawPointer? {
    id == HEADRACE_HOST_ALLOCATOR ? WorkerMemory.table.pointer : super.find(id)
  }

  private func frame(_ kind: WorkerRequestKind, _ body: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    writer.put(kind.rawValue)
    body(&writer)
    return writer.bytes
  }

  /// One question at a time, from whichever thread.
  private func ask(_ kind: WorkerRequestKind, _ body: (inout WireWriter) -> Void) throws(Failure) -> [UInt8] {
    let question = frame(kind, body)
    let answer = asking.withLock {
      endpoint.send(question, on: .services, mayWait: true) ? endpoint.receive(on: .services) : nil
    }
    guard let answer else { throw Failure(.run, "the host is gone", status: .fatal) }
    var reader = WireReader(answer)
    let outcome = try WorkerOutcome(&reader)
    guard outcome.status == .ok else { throw Failure(.run, outcome.message, status: outcome.status) }
    return try reader.data()
  }

  /// Nobody listens between calls: what finds no room is left out.
  override func write(_ level: PluginLogLine.Level, _ message: String, fields: [(key: String, value: String)]) {
    guard level >= provider.minimumLevel else { return }
    let line = frame(.log) { writer in
      writer.put(level.rawValue)
      writer.put(message)
      writer.put(list: fields) { writer, field in
        writer.put(field.key)
        writer.put(field.value)
      }
    }
    _ = endpoint.send(line, on: .services, mayWait: false)
  }

  override func add(_ amount: Int64, to name: String) {
    let frame = frame(.add) { writer in
      writer.put(amount)
      writer.put(name)
    }
    _ = endpoint.send(frame, on: .services, mayWait: false)
  }

  override func set(_ name: String, to value: Double) {
    let frame = frame(.set) { writer in
      writer.put(name)
      writer.put(value)
    }
    _ = endpoint.send(frame, on: .services, mayWait: false)
  }

  override func secret(_ name: String) throws(Failure) -> [UInt8] { try ask(.secret) { $0.put(name) } }

  override func readState(_ key: String) throws(Failure) -> [UInt8] { try ask(.readState) { $0.put(key) } }

  override func writeState(_ key: String, _ value: [UInt8]) throws(Failure) {
    _ = try ask(.writeState) { writer in
      writer.put(key)
      writer.put(value)
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
