import Glibc
import HostModel
import HostPipelines
import HostSystem

extension MachineFacts {
  /// What the operating system says of itself.
  ///
  /// - Parameters:
  ///   - home: the folder whose disk is asked for its space; it, or a folder above it, is there.
  ///   - executable: a checkout's own Python is looked for in the folders above it.
  static func ofThisMachine(home: String, executable: String) -> MachineFacts {
    let pages = Int64(sysconf(Int32(_SC_PHYS_PAGES)))
    return MachineFacts(
      system: system(), processors: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
      memoryBytes: pages * Int64(sysconf(Int32(_SC_PAGESIZE))), openFiles: openFiles(),
      freeBytes: SystemGauges().freeBytes(at: home),
      pythons: pythons(executable))
  }

  private static func system() -> String {
    var names = utsname()
    guard uname(&names) == 0 else { return "Linux" }
    func text<T>(_ field: T) -> String {
      withUnsafeBytes(of: field) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return "\(text(names.sysname)) \(text(names.release)), \(text(names.machine))"
  }

  private static func openFiles() -> Int64 {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
    return Int64(clamping: limit.rlim_cur)
  }

  /// The checkout's, then those of the PATH.
  private static func pythons(_ executable: String) -> [String] {
    var candidates: [String] = []
    var folder = PathText.folder(of: executable)
    for _ in 0..<5 {
      candidates.append(folder + "/.deps/venv/bin/python")
      folder = PathText.folder(of: folder)
    }
    for entry in (SystemEnvironment.value("PATH") ?? "").split(separator: ":") where entry.hasPrefix("/") {
      candidates.append(entry + "/python3")
    }
    return candidates.filter { access($0, X_OK) == 0 }
  }
}
