import HostPluginCalls

/// The lines that plugins write, on standard error; warnings and errors only, unless asked for more.
final class PluginLog: Sendable {
  private let minimum: PluginLogLine.Level

  init(minimum: PluginLogLine.Level = .warning) { self.minimum = minimum }

  func write(_ line: PluginLogLine) {
    guard line.level >= minimum else { return }
    let fields = line.fields.map { " \($0.key)=\($0.value)" }.joined()
    Terminal.line("\(line.plugin): \(line.level): \(line.message)\(fields)", to: .error)
  }
}
