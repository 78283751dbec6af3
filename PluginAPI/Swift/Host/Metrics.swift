import CHeadrace

/// Counters and gauges of this instance, at most 64 names; a name is lower case with underscores and ends in its unit:
/// `read_bytes`. Any thread; per batch, not per row.
public struct Metrics: @unchecked Sendable {
  let host: UnsafePointer<headrace_host>
  let table: headrace_host_metrics

  public func add(_ name: String, _ amount: Int64) {
    guard let add = table.add else { return }
    name.withHeadraceString { add(host, $0, amount) }
  }

  public func set(_ name: String, _ value: Double) {
    guard let set = table.set else { return }
    name.withHeadraceString { set(host, $0, value) }
  }
}
