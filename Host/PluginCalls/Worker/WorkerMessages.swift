import HostModel

/// What a worker is asked to do.
enum WorkerOperation: UInt8 {
  case create, destroy
  case discover, splits, forgetSplits, openReader, read, acknowledge, closeReader
  case bind, apply
  case inspect, finishRun, save, restore
  case openWriter, write, finishWriter, abortWriter
  case complete
  case tables, run, next

  /// What its result may have attached, in bytes: rows.
  var mostAttached: Int {
    switch self {
    case .read, .apply, .next: WorkerLimits.batchBytes
    default: 0
    }
  }
}

/// One call, as it begins in its frame.
struct WorkerCall {
  var operation: WorkerOperation
  /// Tells the call from others where it is cancelled.
  var number: UInt64
  var attempt: UInt32
  var deadline: Int64
  var key: String

  func put(_ writer: inout WireWriter) {
    writer.put(operation.rawValue)
    writer.put(number)
    writer.put(attempt)
    writer.put(deadline)
    writer.put(key)
  }

  init(operation: WorkerOperation, number: UInt64, attempt: UInt32, deadline: Int64, key: String) {
    self.operation = operation
    self.number = number
    self.attempt = attempt
    self.deadline = deadline
    self.key = key
  }

  init(_ reader: inout WireReader) throws(Failure) {
    guard let operation = WorkerOperation(rawValue: try reader.number()) else {
      throw Failure(.run, "an unknown operation", status: .unsupported)
    }
    self.init(
      operation: operation, number: try reader.number(), attempt: try reader.number(), deadline: try reader.number(),
      key: try reader.text())
  }
}

/// How a call ended, as it begins in the frame of its result; what a success returns follows.
struct WorkerOutcome {
  var status: Status
  var message = ""
  var vendorCode = ""
  /// Nanoseconds; negative if there is none.
  var retryAfter: Int64 = -1
  var details: [FailureDetail] = []

  init(_ status: Status) { self.status = status }

  init(_ failure: Failure) {
    status = failure.status ?? .fatal
    message = failure.message
    details = failure.details
  }

  /// As the host's services tell it, with what to do about it.
  init(ofService failure: Failure) {
    self.init(failure.status ?? .transient)
    details = failure.details
    // The details stand beside the message.
    var told = failure
    told.details = []
    message = told.description
  }

  func put(_ writer: inout WireWriter) {
    writer.put(status.rawValue)
    guard status != .ok, status != .endOfStream else { return }
    writer.put(message)
    writer.put(vendorCode)
    writer.put(retryAfter)
    writer.put(list: details) { writer, detail in
      writer.put(detail.key)
      writer.put(detail.value)
    }
  }

  init(_ reader: inout WireReader) throws(Failure) {
    let code = try reader.number(Int32.self)
    guard let status = Status(rawValue: code), status.traits.origin == .plugin else {
      throw Failure(.run, "the worker says that a call ended with \(code)", status: .fatal)
    }
    self.init(status)
    guard status != .ok, status != .endOfStream else { return }
    message = try reader.text()
    vendorCode = try reader.text()
    retryAfter = try reader.number()
    details = try reader.list(most: FailureDetail.mostPairs) { (reader) throws(Failure) in
      FailureDetail(key: try reader.text(), value: try reader.text())
    }
  }
}

extension Failure {
  /// What the other side tells of a service that failed.
  init(_ outcome: WorkerOutcome) {
    self.init(.run, outcome.message, status: outcome.status, details: outcome.details)
  }
}

/// What a worker wants of its host. Only requests are answered.
enum WorkerRequestKind: UInt8 {
  case log, add, set
  case secret, readState, writeState, output
  /// A request over HTTP: its body in pieces, what else there is, and then the body of its answer in pieces.
  case httpBody, httpSend, httpTake

  var isAnswered: Bool { rawValue >= Self.secret.rawValue }
}
