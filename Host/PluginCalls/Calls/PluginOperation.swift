/// The functions of the ABI that may block, as messages name them.
package enum PluginOperation: Int, Sendable {
  case create, discover, splits, open, read, ack, bind, apply, inspect, finish, save, restore, write, tables, run, next,
    complete

  package var name: String { String(describing: self) }
}
