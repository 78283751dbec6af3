import Glibc
import HostControl
import HostFormats
import HostModel
import HostSystem

/// The pipelines that have run in a home, as they told of themselves.
struct RunSnapshots {
  private let home: String
  private let files: SystemFiles

  init(_ composition: Composition) {
    home = composition.home
    files = composition.files
  }

  /// By pipeline; only one if it is named.
  ///
  /// - Throws: a failure of invalid input for a pipeline that has not run here.
  func reports(_ pipeline: String?, now: WallTime) throws(Failure) -> [StatusReport] {
    let folder = StatusSnapshot.folder(home: home)
    let names = try files.list(folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }
    if let pipeline, !names.contains(pipeline) {
      throw Failure(
        .invalidInput, "the pipeline \(quoted(pipeline)) has not run in \(home)",
        advice: EditDistance.suggestion(for: pipeline, among: names)
          ?? (names.isEmpty ? "run it first, or name another --home" : "it has \(choices(names, joinedBy: "and"))"))
    }
    var reports: [StatusReport] = []
    for name in names where pipeline == nil || name == pipeline {
      guard let snapshot = try StateFile("\(folder)/\(name).json", files).read() else { continue }
      reports.append(StatusReport(snapshot, now: now, isAlive: isAlive(snapshot)))
    }
    return reports
  }

  /// Whether the process that wrote a snapshot still runs, and is ours and no other that got its number.
  private func isAlive(_ snapshot: JSONValue) -> Bool {
    guard let pid = snapshot["pid"]?.integerValue, pid > 0, let number = pid_t(exactly: pid) else { return false }
    guard kill(number, 0) == 0 || errno == EPERM else { return false }
    guard let line = try? files.read("/proc/\(number)/comm", limit: 64) else { return true }
    return String(decoding: line, as: UTF8.self).hasPrefix("headrace")
  }
}
