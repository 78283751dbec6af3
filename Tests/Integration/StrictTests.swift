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
  ///
  /// - Parameter isKnown: whether the library was looked at before, so that its worker is the first to run any of it.
  private func run(strict: Bool, without missing: [String], isKnown: Bool = false) throws -> HeadraceSummary {
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
    if isKnown {
      try install("zoo", strict: false, in: project)
      let looked = try project.start(["plugins", "info", "zoo", "--plugins", manifests], output: "text")
      #expect(try looked.wait() == .exited(0), "\(looked.errors)")
    }
    try install("zoo", strict: strict, in: project)
    return try HeadraceSummary(try project.start(options: ["--plugins", manifests], wrapper: try wrapper(missing)))
  }

  private func install(_ name: String, library: String? = nil, strict: Bool, in project: HeadraceProject) throws {
    try project.write(
      "manifests/\(name).yaml",
      """
      manifest: 1
      name: \(name)
      version: 1.0.0
      kinds: [source]
      library: \(library ?? "libheadrace-test-\(name).so")
      permissions: {strict: \(strict)}

      """)
  }

  private func wrapper(_ missing: [String]) throws -> [String] {
    let beside = URL(fileURLWithPath: try HeadraceInstallation.binary()).deletingLastPathComponent().path
    return missing.isEmpty ? [] : ["\(beside)/old-kernel"] + missing + ["--"]
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

  /// Whoever runs any of its code first refuses it: the probe at the manifest, and of a library that is known its worker.
  @Test(arguments: kernels, [false, true]) func aStrictPluginDoesNotStart(kernel: Kernel, isKnown: Bool) throws {
    let summary = try run(strict: true, without: kernel.missing, isKnown: isKnown)
    let lines = told(summary)
    print("strict: without \(kernel), strict: \(summary.end): \(lines.joined(separator: " | "))")
    #expect(summary.end == .exited(3) && summary.rowsWritten <= 0, "\(summary)")
    let place = isKnown ? "strict.yaml:3:" : "manifests/zoo.yaml:5:"
    #expect(lines.count == 1 && lines.first?.contains(place) == true, "\(summary.errors)")
    for part in kernel.told { #expect(lines.first?.contains(part) == true, "\(part)") }
    #expect(lines.first?.contains("use another kernel, or take 'strict' out of its permissions") == true)
  }

  /// The kernel of this machine may lack something itself: then the plugin is refused for what is told without it.
  @Test func aStrictPluginStartsWhereNothingIsTold() throws {
    let (lenient, strict) = (try run(strict: false, without: []), try run(strict: true, without: []))
    #expect(lenient.isSuccess, "\(lenient)")
    #expect(told(lenient).isEmpty ? strict.isSuccess : strict.end == .exited(3), "\(strict)")
  }

  /// A library whose constructor leaves a file where everybody may, if nothing keeps it from that.
  private func marking(in project: HeadraceProject) throws -> String {
    let (mark, manifests) = ("/tmp/headrace-strict-\(UUID().uuidString)", project.folder + "/manifests")
    try FileManager.default.createDirectory(atPath: manifests, withIntermediateDirectories: true)
    try project.write(
      "marking.c",
      """
      #include <fcntl.h>
      __attribute__((constructor)) static void mark(void) { open("\(mark)", O_CREAT | O_WRONLY, 0644); }

      """)
    let compiler = try HeadraceProcess(
      "/usr/bin/cc", ["-shared", "-fPIC", "marking.c", "-o", "manifests/libmarking.so"], in: project.folder,
      environment: ["PATH": "/usr/bin:/bin"])
    #expect(try compiler.wait() == .exited(0), "\(compiler.errors)")
    return mark
  }

  @Test func noCodeOfAStrictLibraryRunsWhereTheKernelDoesNotEnforceAll() throws {
    let project = try HeadraceProject("strict", "version: 1\n")
    let mark = try marking(in: project)
    defer { unlink(mark) }
    for strict in [true, false] {
      try install("marking", library: "libmarking.so", strict: strict, in: project)
      let check = try project.start(
        ["plugin", "check", "manifests/marking.yaml"], wrapper: try wrapper(["landlock"]), output: "text")
      let end = try check.wait()
      // The machine is what is wrong, and no clause of the library's.
      #expect(end == (strict ? .exited(3) : .exited(1)), "\(end): \(check.output)\(check.errors)")
      #expect(check.errors.contains(Self.phrase) == strict, "\(check.errors)")
      #expect(FileManager.default.fileExists(atPath: mark) == !strict, "strict: \(strict)")
    }
  }

  @Test func aStrictPluginThatIsKnownIsNotCheckedLessConfined() throws {
    let project = try HeadraceProject("strict", "version: 1\n")
    try FileManager.default.createDirectory(
      atPath: project.folder + "/manifests", withIntermediateDirectories: true)
    for (strict, missing) in [(false, []), (true, ["landlock"])] {
      try install("zoo", strict: strict, in: project)
      let check = try project.start(
        ["plugin", "check", "manifests/zoo.yaml", "--only", "LIB-1,LIB-2"], wrapper: try wrapper(missing),
        output: "text")
      let end = try check.wait()
      #expect(end == (strict ? .exited(3) : .exited(0)), "\(end): \(check.output)\(check.errors)")
      #expect(check.errors.contains(Self.phrase) == strict, "\(check.errors)")
    }
  }

  /// A report is handed on: it says what could not be seen.
  @Test(arguments: kernels) func aCheckTellsWhatWasNotEnforced(kernel: Kernel) throws {
    let project = try HeadraceProject("strict", "version: 1\n")
    try FileManager.default.createDirectory(
      atPath: project.folder + "/manifests", withIntermediateDirectories: true)
    try install("zoo", strict: false, in: project)
    func check(_ output: String) throws -> String {
      let check = try project.start(
        ["plugin", "check", "manifests/zoo.yaml", "--only", "LIB-1,LIB-2"], wrapper: try wrapper(kernel.missing),
        output: output)
      #expect(try check.wait() == .exited(0), "\(check.output)\(check.errors)")
      return check.output
    }
    let text = try check("text")
    let line = text.split(separator: "\n").first { $0.contains(Self.phrase) }
    for part in kernel.told { #expect(line?.contains(part) == true, "\(part): \(text)") }
    for part in kernel.kept { #expect(line?.contains(part) == false, "\(part): \(text)") }
    let json = try check("json")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let told = try #require(report["unenforced"] as? [String])
    #expect(Set(kernel.told).isSubset(of: told) && Set(kernel.kept).isDisjoint(with: told), "\(told)")
  }
}
