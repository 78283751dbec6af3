import Foundation

/// What a process has of what runs out, as the kernel says.
package struct Footprint: CustomStringConvertible {
  /// Of memory of its own.
  package var kilobytes = 0
  package var descriptors = 0
  package var children = 0

  package init(_ process: Int32 = getpid()) {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
    kilobytes = line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
    children = tasks.reduce(0) { count, task in
      let text = try? String(contentsOfFile: "/proc/\(process)/task/\(task)/children", encoding: .utf8)
      return count + (text?.split(separator: " ").count ?? 0)
    }
  }

  /// The least of each, over several looks: what is always there, without the worker that is just being replaced.
  package static func least(_ process: Int32 = getpid()) -> Footprint {
    var looks = [Footprint(process)]
    for _ in 0..<80 {
      usleep(3000)
      let next = Footprint(process)
      // One that has ended has nothing.
      guard next.kilobytes > 0, next.descriptors > 0 else { break }
      looks.append(next)
    }
    return least(looks)
  }

  /// The least of each.
  package static func least(_ looks: some Collection<Footprint>) -> Footprint {
    var least = looks.first ?? Footprint(0)
    for look in looks {
      least.kilobytes = min(least.kilobytes, look.kilobytes)
      least.descriptors = min(least.descriptors, look.descriptors)
      least.children = min(least.children, look.children)
    }
    return least
  }

  /// Whether this is no more than it was before, but for 5 % of memory.
  package func isNoMore(than before: Footprint) -> Bool {
    kilobytes * 100 <= before.kilobytes * 105 && descriptors <= before.descriptors && children <= before.children
  }

  /// The command lines of processes that run a program on something.
  package static func processes(_ program: String, on argument: String) -> [String] {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.compactMap { try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8) }
      .filter { $0.contains(program) && $0.contains(argument) }
  }

  package var description: String { "\(kilobytes) kB, \(descriptors) descriptors, \(children) children" }
}
