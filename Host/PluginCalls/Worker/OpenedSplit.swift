import CHeadrace
import HostModel

/// A split, as it is opened: on its way to a worker, and kept to open it again.
struct OpenedSplit {
  var read: UInt32
  var stream: String
  var split: String
  var identity: String
  var token: [UInt8]
  /// Of the last batch that was handed on.
  var position: [UInt8]
  var ordinal: UInt64
  var batchBytes: UInt64
  var batchRows: UInt64

  init(_ request: headrace_open_request) {
    read = request.read
    stream = String(request.stream)
    split = String(request.split)
    identity = String(request.identity)
    token = [UInt8](request.token)
    position = [UInt8](request.position)
    ordinal = request.ordinal
    batchBytes = request.batch_bytes
    batchRows = request.batch_rows
  }

  func lent(by loan: Loan) -> headrace_open_request {
    headrace_open_request(
      struct_size: UInt32(MemoryLayout<headrace_open_request>.size), read: read, stream: loan.text(stream),
      split: loan.text(split), identity: loan.text(identity), token: loan.bytes(token), position: loan.bytes(position),
      ordinal: ordinal, batch_bytes: batchBytes, batch_rows: batchRows)
  }

  func put(_ writer: inout WireWriter) {
    writer.put(read)
    for text in [stream, split, identity] { writer.put(text) }
    for bytes in [token, position] { writer.put(bytes) }
    for number in [ordinal, batchBytes, batchRows] { writer.put(number) }
  }

  init(_ reader: inout WireReader) throws(Failure) {
    read = try reader.number()
    (stream, split, identity) = (try reader.text(), try reader.text(), try reader.text())
    (token, position) = (try reader.data(), try reader.data())
    (ordinal, batchBytes, batchRows) = (try reader.number(), try reader.number(), try reader.number())
  }
}
