/// The values of a column that leaves the plugin: Arrow's buffers, and what keeps them alive. A value; copies share the
/// buffers, which nobody changes any more.
public struct ArrowData: @unchecked Sendable {
  public var length: Int
  /// -1 if it is not known.
  public var nullCount: Int
  /// The index of the first value in the buffers.
  public var offset: Int
  var buffers: [UnsafeRawPointer?]
  var children: [ArrowData]
  /// The values of a dictionary column; one element or none.
  var dictionary: [ArrowData]
  var owners: [AnyObject]

  /// Columns from memory that was filled here, in the order of Arrow's layout: validity first (nil where no value is
  /// null), then offsets, then values.
  public init(
    length: Int, nullCount: Int, buffers: [Memory?], children: [ArrowData] = [], dictionary: ArrowData? = nil,
    offset: Int = 0
  ) {
    self.length = length
    self.nullCount = nullCount
    self.offset = offset
    self.buffers = buffers.map { $0.map { UnsafeRawPointer($0.base) } }
    self.children = children
    self.dictionary = dictionary.map { [$0] } ?? []
    owners = buffers.compactMap { $0 }
  }

  /// Columns over buffers of somebody else, whom `owners` keep alive.
  init(
    length: Int, nullCount: Int, offset: Int, buffers: [UnsafeRawPointer?], children: [ArrowData],
    dictionary: [ArrowData], owners: [AnyObject]
  ) {
    self.length = length
    self.nullCount = nullCount
    self.offset = offset
    self.buffers = buffers
    self.children = children
    self.dictionary = dictionary
    self.owners = owners
  }
}
