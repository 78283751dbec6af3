import Glibc
import HostModel
import HostPluginCalls
@testable import HostPluginRuntime
import HostSystem

/// Where the code of a plugin runs.
enum Place: CaseIterable, Sendable { case inProcess, worker }

/// A private copy of the scripted plugin, so that its counters are one test's own.
final class ScriptedLibrary: Sendable {
  let path: String
  let plugin: LoadedPlugin
  private let handle: UInt

  init(in folder: TestFolder) throws {
    path = folder.path + "/libscripted.so"
    try SystemFiles().replaceDurably(path, try SystemFiles().read(Built.scripted, limit: 1 << 26))
    plugin = try LoadedPlugin(path: path)
    guard let handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD) else { throw TestFailure("\(path) is not loaded") }
    self.handle = UInt(bitPattern: handle)
  }

  /// The plugin where its code is to run.
  func plugin(in place: Place) -> LoadedPlugin {
    switch place {
    case .inProcess: plugin
    case .worker: LoadedPlugin(path, inWorkersLike: plugin)
    }
  }

  /// How often something was made or released.
  func count(_ what: String) -> Int64 {
    typealias Function = @convention(c) (UnsafePointer<CChar>?) -> Int64
    guard let symbol = dlsym(UnsafeMutableRawPointer(bitPattern: handle), "headrace_scripted_count") else { return -2 }
    return unsafeBitCast(symbol, to: Function.self)(what)
  }

  /// Lets hanging calls go on.
  func resume() {
    typealias Function = @convention(c) () -> Void
    guard let symbol = dlsym(UnsafeMutableRawPointer(bitPattern: handle), "headrace_scripted_resume") else { return }
    unsafeBitCast(symbol, to: Function.self)()
  }
}

struct TestFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// What the build put beside the test program.
enum Built {
  static let folder: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    return PathText.folder(
      of: String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }()
  static let scripted = folder + "/libheadrace-scripted.so"
  static let headrace = folder + "/headrace"
  /// The root of the package: four levels above this file.
  static let root = PathText.folder(of: PathText.folder(of: PathText.folder(of: PathText.folder(of: #filePath))))

  /// Compiles a source of the package in C, or in C++ if it is called so, into a shared object or into a program.
  static func compile(_ source: String, to output: String, flags: [String] = ["-fPIC", "-shared"]) throws {
    try compile(file: root + "/" + source, to: output, flags)
  }

  /// Compiles a text in C++ into a shared object.
  static func compile(cxx text: String, to output: String) throws {
    try SystemFiles().replaceDurably(output + ".cpp", Array(text.utf8))
    try compile(file: output + ".cpp", to: output, ["-fPIC", "-shared"])
  }

  private static func compile(file: String, to output: String, _ flags: [String]) throws {
    let isCxx = file.hasSuffix(".cpp")
    let includes = ["C/include", "C/kit", "Arrow/include", "Cxx/include"].flatMap { ["-I", "\(root)/PluginAPI/\($0)"] }
    let warnings = ["-Wall", "-Wextra", "-Wno-unused-function", "-Werror", "-fvisibility=hidden"]
    let result = try SystemSpawner().run(
      ProcessRequest(
        executable: isCxx ? "/usr/bin/c++" : "/usr/bin/cc",
        arguments: [isCxx ? "-std=c++20" : "-std=c11"] + warnings + flags + includes + [file, "-o", output],
        environment: ["PATH": "/usr/bin:/bin"]))
    guard result.exit == .code(0) else { throw TestFailure(String(decoding: result.errorOutput, as: UTF8.self)) }
  }
}

extension TrustStore {
  /// That of an operator who has let a library into the host as it is now, and knows nobody's key.
  static func lettingIn(_ library: String, in folder: TestFolder) throws -> TrustStore {
    let copies = LibraryStore(root: folder.path + "/let-in", files: SystemFiles())
    var store = TrustStore()
    store.letIn(try copies.adopt(library, name: "library.so", expected: nil).hash, plugin: "")
    return store
  }
}

/// A folder that is gone after the test.
final class TestFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/headrace-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw TestFailure("no folder for the test") }
    path = String(cString: made)
  }

  deinit { _ = try? SystemSpawner().run(ProcessRequest(executable: "/bin/rm", arguments: ["-rf", path])) }
}
