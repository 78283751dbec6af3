import CSandbox
import Glibc
package import HostModel

extension Confinement {
  /// What every process needs to load a library, to find a host by its name, and to tell the time.
  private static let system = [
    "/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime",
    "/etc/nsswitch.conf", "/etc/hosts", "/etc/host.conf", "/etc/resolv.conf", "/etc/gai.conf", "/etc/services",
    "/etc/protocols", "/etc/passwd", "/etc/group", "/etc/ssl/openssl.cnf", "/etc/ssl/certs", "/etc/ca-certificates",
    "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu",
  ]
  /// Debian's `nobody`.
  private static let nobody: UInt32 = 65_534

  /// Confines this process. Before it has a second thread.
  ///
  /// - Parameter parent: its end ends this process.
  /// - Returns: what the kernel cannot enforce, in words.
  /// - Throws: if a step fails: the process has to end then.
  package func apply(parent: Int32) throws(Failure) -> [String] {
    let readable = (self.readable + Self.system + Self.loadedFolders()).map { strdup($0) }
    let writable = (self.writable + ["/dev/null"]).map { strdup($0) }
    defer { for path in readable + writable { free(path) } }
    var result = headrace_confined()
    let code = readable.map { UnsafePointer($0) }.withUnsafeBufferPointer { readable in
      writable.map { UnsafePointer($0) }.withUnsafeBufferPointer { writable in
        ports.withUnsafeBufferPointer { ports in
          var allowed = headrace_confinement(
            readable: readable.baseAddress, n_readable: readable.count, writable: writable.baseAddress,
            n_writable: writable.count, ports: ports.baseAddress, n_ports: ports.count, any_port: anyPort ? 1 : 0,
            no_network: hasNetwork ? 0 : 1, memory_bytes: memoryBytes ?? .max, cpu_seconds: cpuSeconds ?? .max,
            open_files: openFiles ?? .max, file_bytes: .max, user: Self.nobody, group: Self.nobody, parent: parent)
          return headrace_confine(&allowed, &result)
        }
      }
    }
    guard code == 0 else {
      let step = result.failed_step.map { String(cString: $0) } ?? "confine itself"
      throw Failure(.environment, "the worker cannot \(step): \(errorText(result.error))", status: .permissionDenied)
    }
    return Self.missing(result.enforced)
  }

  private static func missing(_ enforced: UInt32) -> [String] {
    (0..<32).map { UInt32(1) << UInt32($0) }.filter { HEADRACE_ENFORCES_ALL & $0 != 0 && enforced & $0 == 0 }
      .map { String(cString: headrace_enforcement($0)) }
  }

  /// Where the libraries of this program are: the linker looks there for those of a plugin.
  private static func loadedFolders() -> [String] {
    guard let file = fopen("/proc/self/maps", "re") else { return [] }
    defer { fclose(file) }
    var folders: Set<String> = []
    var line: UnsafeMutablePointer<CChar>?
    var size = 0
    defer { free(line) }
    while getline(&line, &size, file) > 0, let text = line.map({ String(cString: $0) }) {
      guard let start = text.firstIndex(of: "/"), text.contains(".so"), let end = text.lastIndex(of: "/") else {
        continue
      }
      folders.insert(String(text[start..<end]))
    }
    return folders.sorted()
  }
}
