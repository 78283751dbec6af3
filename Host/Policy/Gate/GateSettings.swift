/// A value that many share and nobody changes.
package final class Shared<Value: Sendable>: Sendable {
  package let value: Value

  package init(_ value: Value) { self.value = value }
}

/// The configuration of a gate as its machines hold it: once for all dependencies that have the same.
package final class GateSettings: Sendable {
  package let configuration: GateConfiguration
  let breaker: Shared<BreakerConfiguration>

  package init(_ configuration: GateConfiguration) {
    self.configuration = configuration
    breaker = Shared(configuration.breaker)
  }
}
