extension IcebergSchema {
  /// The same columns with ids counted from 1 (or after `last`), the columns of one level before those inside them, as
  /// other writers count. Ids of the argument's fields serve nothing else than to find the identifier fields again.
  package func assigningFreshIDs(after last: Int = 0) -> (schema: IcebergSchema, lastColumnID: Int) {
    var assigner = FieldIDAssigner(last: last)
    var fresh = self
    fresh.fields = assigner.assign(fields)
    fresh.identifierFieldIDs = identifierFieldIDs.compactMap { assigner.newIDs[$0] }
    return (fresh, assigner.last)
  }
}

struct FieldIDAssigner {
  private(set) var last: Int
  private(set) var newIDs: [Int: Int] = [:]

  init(last: Int) { self.last = last }

  mutating func next() -> Int {
    last += 1
    return last
  }

  mutating func assign(_ fields: [IcebergField]) -> [IcebergField] {
    var fresh = fields
    for index in fresh.indices {
      let id = next()
      newIDs[fresh[index].id] = id
      fresh[index].id = id
    }
    for index in fresh.indices { fresh[index].type = assign(fresh[index].type) }
    return fresh
  }

  mutating func assign(_ type: IcebergType) -> IcebergType {
    switch type {
    case .structure(let fields): return .structure(assign(fields))
    case .list(var list):
      list.elementID = next()
      list.element = assign(list.element)
      return .list(list)
    case .map(var map):
      map.keyID = next()
      map.valueID = next()
      map.key = assign(map.key)
      map.value = assign(map.value)
      return .map(map)
    default: return type
    }
  }
}
