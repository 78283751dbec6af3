public import CArrow

extension RecordBatch {
  /// Takes over an array that a plugin returned, once its structure is seen to fit the schema: counts of buffers and
  /// children, lengths, offsets, and no pointer missing. What lies in the buffers is not looked at.
  ///
  /// - Throws: a `Failure` with the status `fatal` that names the column. The array was released then.
  public init(validating array: ArrowArray, schema: Schema) throws(Failure) {
    do throws(Failure) { try Self.check(array, schema: schema) } catch {
      if array.release != nil {
        var refused = array
        refused.release?(&refused)
      }
      throw error
    }
    self.init(adopting: array, schema: schema)
  }

  /// Whether an array that somebody else owns fits a schema, by the same rules.
  public static func check(_ array: ArrowArray, schema: Schema) throws(Failure) {
    try checkStructure(array, DataType.structure(schema.fields), path: "the batch", length: nil)
  }
}

private func malformed(_ path: String, _ what: String) -> Failure {
  Failure(.run, "the plugin returned a malformed Arrow array: \(path) \(what)", status: .fatal)
}

private func checkStructure(
  _ array: ArrowArray, _ type: DataType, path: String, length: Int64?
) throws(Failure) {
  guard array.release != nil || length != nil else { throw malformed(path, "is released") }
  let largest = Int64(Int32.max)
  guard (0...largest).contains(array.length), (0...largest).contains(array.offset) else {
    throw malformed(path, "has length \(array.length) and offset \(array.offset)")
  }
  if let length, array.length + array.offset < length {
    throw malformed(path, "has \(array.length) values where its parent has \(length)")
  }
  if length == nil, array.null_count > 0 { throw malformed(path, "has rows that are null") }
  let layout = ArrayLayout(type)
  guard array.n_buffers == Int64(layout.buffers), array.n_children == Int64(layout.children.count) else {
    throw malformed(path, "has \(array.n_buffers) buffers and \(array.n_children) children as a \(type)")
  }
  try checkBuffers(array, layout, path: path)
  let childLength = layout.sharesLength ? array.length + array.offset : 0
  for (index, field) in layout.children.enumerated() {
    guard let child = array.children?[index] else { throw malformed(path, "lacks its child \(index)") }
    try checkStructure(child.pointee, field.type, path: "column '\(field.name)'", length: childLength)
  }
}

private func checkBuffers(_ array: ArrowArray, _ layout: ArrayLayout, path: String) throws(Failure) {
  guard layout.buffers > 0 else { return }
  guard let buffers = array.buffers else { throw malformed(path, "has no buffers") }
  if buffers[0] == nil, array.null_count > 0 { throw malformed(path, "has nulls and no validity") }
  // The last buffer of text holds the characters, and may be missing if there are none.
  let required = layout.isVariable ? 1..<2 : 1..<layout.buffers
  for index in required where array.length > 0 && buffers[index] == nil {
    throw malformed(path, "lacks its buffer \(index)")
  }
}

/// How many buffers and children the array of a type has, by the Arrow columnar format.
struct ArrayLayout {
  var buffers: Int
  var children: [Field] = []
  /// Text and bytes: offsets and characters.
  var isVariable = false
  /// A struct's children are as long as it is; a list's are not.
  var sharesLength = false

  init(_ type: DataType) {
    switch type {
    case .string, .binary:
      buffers = 3
      isVariable = true
    case .structure(let fields):
      buffers = 1
      children = fields
      sharesLength = true
    case .list(let element):
      buffers = 2
      children = [element]
    case .map(let key, let value):
      buffers = 2
      children = [Field("entries", .structure([key, value]), nullable: false)]
    default:
      buffers = 2
    }
  }
}
