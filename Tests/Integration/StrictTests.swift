import Foundation
import TestSupport
import Testing

/// What a kernel does not enforce is told, and refused by who wants all of it: on kernels that lack a part, as `Tests/OldKernel`
/// makes of any.
@Suite struct StrictTests {
  /// A kernel that lacks something, and what that is in words.
  struct Kernel: Sendable, CustomStringConvertible {
    var missing: [String]
    var told: [String]
    var kept: [String]
    var description: String { missing.joined(separator: ", ") }
  }

  private static let files = ["which files are reached", "which files are cut short"]
  private static let later = [
    "which TCP ports are connected to", "commands to devices", "signals and abstract sockets of other processes",
  ]
  private static let calls = "which system calls are made"

  private static let kernels = [
    Kernel(missing: ["landlock"], told: files + later, kept: [calls]),
    Kernel(missing: ["landlock=1"], told: [files[1]] + later, kept: [files[0], calls]),
    Kernel(missing: ["landlock=3"], told: later, kept: files + [calls]),
    Kernel(missing: ["landlock=5"], told: [later[2]], kept: files + later[..<2] + [calls]),
    Kernel(missing: ["seccomp"], told: [calls], kept: []),
    Kernel(missing: ["landlock", "seccomp"], told: files + later + [calls], kept: []),
  ]

  private static let phrase = "this kernel does not enforce: "

  /// Reads a stranger's source.
  private func run(strict: Bool, without missing: [String]) throws -> HeadraceSummary {
    let project = try HeadraceProject(
      "strict",
      """
      version: 1
      pipeline: strict
      source: {plugin: zoo, config: {rows: 200, batch_rows: 50}}
      destination: {table: bronze.animals}
      """)
    let manifests = project.folder + "/manifests"
    try FileManager.default.createDirectory(atPath: manifests, withIntermediateDirectories: true)
    try project.write(
      "manifests/zoo.yaml",
      """
      manifest: 1
      name: zoo
      version: 1.0.0
      kinds: [source]
      library: libheadrace-test-zoo.so
      permissions: {strict: \(strict)}

      """)
    let beside = URL(fileURLWithPath: try HeadraceInstallation.binary()).deletingLastPathComponent().path
    let wrapper = missing.isEmpty ? [] : ["\(beside)/old-kernel"] + missing + ["--"]
    return try HeadraceSummary(try project.start(options: ["--plugins", manifests], wrapper: wrapper))
  }

  /// The lines that say what is not enforced.
  private func told(_ summary: HeadraceSummary) -> [Substring] {
    summary.errors.split(separator: "\n").filter { $0.contains(Self.phrase) }
  }

  @Test(arguments: kernels) func whatIsNotEnforcedIsToldOnce(kernel: Kernel) throws {
    let summary = try run(strict: false, without: kernel.missing)
    #expect(summary.isSuccess && summary.rowsWritten == 200, "\(summary)")
    let lines = told(summary)
    print("strict: without \(kernel): \(lines.joined(separator: " | "))")
    #expect(lines.count == 1 && lines.first?.hasPrefix("zoo: warning: ") == true, "\(summary.errors)")
    for part in kernel.told { #expect(lines.first?.contains(part) == true, "\(part)") }
    for part in kernel.kept { #expect(lines.first?.contains(part) == false, "\(part)") }
  }

  @Test(arguments: kernels) func aStrictPluginDoesNotStart(kernel: Kernel) throws {
    let summary = try run(strict: true, without: kernel.missing)
    let lines = told(summary)
    print("strict: without \(kernel), strict: \(summary.end): \(lines.joined(separator: " | "))")
    #expect(summary.end == .exited(3) && summary.rowsWritten <= 0, "\(summary)")
    #expect(lines.count == 1 && lines.first?.hasPrefix("strict.yaml:3:") == true, "\(summary.errors)")
    for part in kernel.told { #expect(lines.first?.contains(part) == true, "\(part)") }
    #expect(lines.first?.contains("use another kernel, or take 'strict' out of its permissions") == true)
  }

  /// The kernel of this machine may lack something itself: then the plugin is refused for what is told without it.
  @Test func aStrictPluginStartsWhereNothingIsTold() throws {
    let (lenient, strict) = (try run(strict: false, without: []), try run(strict: true, without: []))
    #expect(lenient.isSuccess, "\(lenient)")
    #expect(told(lenient).isEmpty ? strict.isSuccess : strict.end == .exited(3), "\(strict)")
  }
}
