import HostPluginCalls
import Synchronization

/// The lines that plugins write, on standard error; warnings and errors only, unless asked for more.
final class PluginLog: Sendable {
  private static let remembered = 32
  private let minimum: PluginLogLine.Level
  private let last = Mutex<[PluginLogLine]>([])

  init(minimum: PluginLogLine.Level = .warning) { self.minimum = minimum }

  /// The last lines of all plugins, whatever their level.
  var recent: [PluginLogLine] { last.withLock { $0 } }

  func write(_ line: PluginLogLine) {
    last.withLock { $0 = $0.suffix(Self.remembered - 1) + [line] }
    guard line.level >= minimum else { return }
    let fields = line.fields.map { " \($0.key)=\($0.value)" }.joined()
    Terminal.line("\(line.plugin): \(line.level): \(line.message)\(fields)", to: .error)
  }
}
