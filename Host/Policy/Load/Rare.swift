/// A value that few have, kept apart so that the others do not pay for its size: there are as many gates as dependencies.
struct Rare<Value: Sendable>: Sendable {
  /// One at most. An array is copied when it is written and somebody else has it too, as a value ought to be.
  private var values: [Value] = []

  init(_ value: Value?) { self.value = value }

  var value: Value? {
    get { values.first }
    _modify {
      var value = values.popLast()
      yield &value
      if let value { values.append(value) }
    }
    set { values = newValue.map { [$0] } ?? [] }
  }
}
