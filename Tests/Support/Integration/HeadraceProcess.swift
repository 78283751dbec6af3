import Foundation

/// One running program: its output goes to files, it is signalled by its id, and it never outlives its owner.
package final class HeadraceProcess {
  /// How a process ended.
  package enum End: Equatable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    package var description: String {
      switch self {
      case .exited(let code): "exit \(code)"
      case .killed(let signal): "signal \(signal)"
      }
    }
  }

  package struct Stuck: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  private let process = Process()
  private let files: String
  /// The writing end of its standard input; nil if it has none.
  private let input: FileHandle?
  package let pid: Int32

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - folder: its working folder.
  ///   - environment: all of its environment.
  ///   - takesInput: whether a test types into it; its standard input is empty otherwise.
  package init(
    _ program: String, _ arguments: [String], in folder: String, environment: [String: String],
    takesInput: Bool = false
  ) throws {
    files = NSTemporaryDirectory() + "/headrace-process-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    for name in ["out", "errors"] { _ = FileManager.default.createFile(atPath: files + "/" + name, contents: nil) }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let pipe = takesInput ? Pipe() : nil
    if let pipe { process.standardInput = pipe } else { process.standardInput = FileHandle.nullDevice }
    input = pipe?.fileHandleForWriting
    // Its end must not wait for that of a program which another test starts meanwhile.
    if let input { _ = fcntl(input.fileDescriptor, F_SETFD, FD_CLOEXEC) }
    let (out, errors) = (FileHandle(forWritingAtPath: files + "/out"), FileHandle(forWritingAtPath: files + "/errors"))
    (process.standardOutput, process.standardError) = (out, errors)
    // What Foundation keeps of a process outlives it: thousands of them would fill the table of descriptors.
    defer { for handle in [out, errors] { try? handle?.close() } }
    try process.run()
    pid = process.processIdentifier
  }

  deinit {
    if process.isRunning { kill(pid, SIGKILL) }
    try? FileManager.default.removeItem(atPath: files)
  }

  package var isRunning: Bool { process.isRunning }

  package func type(_ text: String) throws { try input?.write(contentsOf: Data(text.utf8)) }

  package func closeInput() throws { try input?.close() }

  /// Without effect once the process has ended: its id may be another's by then.
  package func signal(_ number: Int32) {
    if process.isRunning { kill(pid, number) }
  }

  /// Looks until something holds, which a process that has ended will not make so any more.
  ///
  /// What it does last is seen, too: whether it still runs is asked before each look. `seconds` is no measure of anything,
  /// but for how long a test that fails is waited for.
  package func wait(_ what: String, seconds: Double = 300, until condition: () throws -> Bool) throws {
    let limit = ContinuousClock.now.advanced(by: .seconds(seconds))
    while true {
      let isLast = !process.isRunning || ContinuousClock.now >= limit
      if try condition() { return }
      guard !isLast else { throw Stuck(description: "\(what): \(output)\(errors)") }
      usleep(2000)
    }
  }

  /// Waits for the end; a process that takes longer is killed.
  @discardableResult
  package func wait(seconds: Double = 300) throws -> End {
    let limit = ContinuousClock.now.advanced(by: .seconds(seconds))
    while process.isRunning {
      guard ContinuousClock.now < limit else {
        kill(pid, SIGKILL)
        process.waitUntilExit()
        throw Stuck(description: "still running after \(seconds) s: \(output)\(errors)")
      }
      usleep(1000)
    }
    return process.terminationReason == .exit
      ? .exited(process.terminationStatus) : .killed(signal: process.terminationStatus)
  }

  /// Standard output so far.
  package var output: String { text("out") }
  package var errors: String { text("errors") }

  private func text(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: files + "/" + name) ?? Data(), as: UTF8.self)
  }
}
