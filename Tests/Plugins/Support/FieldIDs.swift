import CArrow
import CHeadrace
import Foundation

/// A schema with the field ids 1, 2, 3 ... given depth first: a table's, where a query has none.
final class FieldIDs {
  private(set) var schema: ArrowSchema
  private var nextID = 0
  private var allocations: [UnsafeMutableRawPointer] = []
  private let batches: Batches  // whose texts the copy points to

  init(_ batches: Batches) {
    self.batches = batches
    schema = batches.schema
    schema.release = { _ in }
    copyChildren(of: batches.schema, into: &schema)
  }

  deinit { allocations.forEach { $0.deallocate() } }

  private func copyChildren(of source: ArrowSchema, into copy: inout ArrowSchema) {
    let count = Int(source.n_children)
    guard count > 0 else { return }
    let children = UnsafeMutablePointer<UnsafeMutablePointer<ArrowSchema>?>.allocate(capacity: count)
    allocations.append(children)
    for index in 0..<count {
      guard let from = source.children[index] else { continue }
      let child = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: 1)
      allocations.append(child)
      var field = from.pointee
      // Between a map and its key and value lies a structure that is no field of the table.
      let isEntries = String(cString: source.format) == "+m"
      if !isEntries { field.metadata = metadata(of: field) }
      copyChildren(of: from.pointee, into: &field)
      child.initialize(to: field)
      children[index] = child
    }
    copy.children = children
  }

  /// Arrow's encoding: a count, and then each key and value with its length before it.
  private func metadata(of field: ArrowSchema) -> UnsafePointer<CChar>? {
    nextID += 1
    var pairs = [("PARQUET:field_id", String(nextID))]
    if String(cString: field.format) == "w:16" { pairs.append(("ARROW:extension:name", "arrow.uuid")) }
    var bytes = withUnsafeBytes(of: Int32(pairs.count)) { Array($0) }
    for text in pairs.flatMap({ [$0.0, $0.1] }) {
      withUnsafeBytes(of: Int32(text.utf8.count)) { bytes += $0 }
      bytes += Array(text.utf8)
    }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 8)
    allocations.append(copy)
    copy.copyMemory(from: bytes, byteCount: bytes.count)
    return UnsafePointer(copy.assumingMemoryBound(to: CChar.self))
  }
}
