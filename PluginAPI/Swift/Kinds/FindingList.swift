/// The findings of one rule in one batch, of which only the first few are told one by one: data that is wrong
/// throughout gives a few findings and a sum, not a million.
public struct FindingList {
  public private(set) var findings: [Finding] = []
  /// Those that were not told.
  public private(set) var left = 0
  private let limit: Int
  private var worst: Double = 0

  public init(limit: Int) { self.limit = limit }

  /// The finding is made only if there is room for it.
  public mutating func append(score: Double, _ finding: () -> Finding) {
    if findings.count < limit {
      findings.append(finding())
    } else {
      left += 1
      worst = max(worst, score)
    }
  }

  /// The findings, with one for all that were left out.
  public func summarised(severity: Finding.Severity, rule: String, column: String) -> [Finding] {
    guard left > 0 else { return findings }
    let text = "\(column): \(left) more \(left == 1 ? "finding" : "findings") of this rule in this batch"
    return findings + [
      Finding(severity, rule: rule, column: column, message: text, score: worst, observed: Double(left))
    ]
  }
}

extension Finding.Severity {
  /// `info`, `warning` or `critical`.
  public init?(_ name: String) {
    switch name {
    case "info": self = .info
    case "warning": self = .warning
    case "critical": self = .critical
    default: return nil
    }
  }
}

extension Configuration {
  public func severity(default severity: Finding.Severity) throws(PluginError) -> Finding.Severity {
    guard let member = member("severity") else { return severity }
    guard let severity = Finding.Severity(try member.string()) else {
      throw member.error("'\(try member.string())' is not a severity; they are info, warning and critical")
    }
    return severity
  }
}
