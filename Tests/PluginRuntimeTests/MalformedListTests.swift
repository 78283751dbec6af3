import Glibc
import HostModel
import HostSystem
import Testing

/// What stands in the place of an interrupted installation, and was never left by one.
@Suite struct MalformedListTests {
  private let files = SystemFiles()
  private let disk: TestFolder
  /// Where plugins are; what is beside it is nobody's to touch.
  private var folder: String { disk.path + "/plugins.d" }
  private var incoming: String { folder + "/.incoming" }
  private static let slashWithAccent = "../\u{301}"

  init() throws {
    disk = try TestFolder()
    try files.createDirectory(disk.path + "/plugins.d/.incoming")
    for path in ["/outside.so", "/\u{301}victim", "/plugins.d/lib.so", "/plugins.d/.incoming/lib.so"] {
      try files.replaceDurably(disk.path + path, Array(path.utf8))
    }
  }

  /// All files, by the folder that they are in and their names, with what they hold.
  private func contents() throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for folder in [disk.path, folder, incoming] {
      for name in (try? files.list(folder)) ?? [] where !files.isLink("\(folder)/\(name)") {
        let path = "\(folder)/\(name)"
        if try files.info(path)?.kind == .file { found[path] = try files.read(path, limit: 1 << 24) }
      }
    }
    return found
  }

  private func refusals() -> [Failure?] {
    [
      failure { try files.finishReplacing(in: folder) },
      failure { try files.replaceTogether(in: folder, [("lib.so", [1]), ("p.yaml", [2])]) },
    ]
  }

  private func expectRefusal(_ told: String) throws {
    let before = try contents()
    for refusal in refusals() {
      #expect(refusal?.message == "\(told), and no installation has left it", "\(String(describing: refusal))")
      #expect(refusal?.advice == "remove \(incoming), and install again" && refusal?.kind == .environment)
    }
    #expect(try contents() == before)
  }

  @Test(arguments: [
    "", "\n", "nonsense", "+ ", "+ \n", "- lib.so\n", "+ .\n", "+ ..\n", "+ .list\n", "+ lib.so\n- ..\n",
    "+ ../outside.so\n",
    "+ lib.so\n- ../outside.so\n", "+ /etc/passwd\n", "+ lib.so\n- /etc/passwd\n",
    "+ lib.so\n- \(slashWithAccent)victim\n",
    "+ \(slashWithAccent)victim\n", "+ lib.so\0/../outside.so\n", "+ lib.so\n- a\n- b\n", "+ lib.so\r\n", "* lib.so\n",
    "+ \(String(repeating: "a", count: 256))\n", "+lib.so\n",
  ])
  func aListThatWasNeverWrittenHereIsNotFollowed(_ text: String) throws {
    try files.replaceDurably(incoming + "/.list", Array(text.utf8))
    try expectRefusal("\(incoming)/.list: is no list of files to replace")
  }

  @Test(arguments: [[0xFF], [UInt8](repeating: UInt8(ascii: "x"), count: 10 << 20)])
  func bytesThatAreNoTextAreNoList(_ bytes: [UInt8]) throws {
    try files.replaceDurably(incoming + "/.list", Array("+ lib.so\n+ ".utf8) + bytes)
    try expectRefusal("\(incoming)/.list: is no list of files to replace")
  }

  /// One that never ends, one that nobody writes to, and one that is not here.
  @Test(arguments: ["folder", "link", "pipe", "endless"]) func whatIsNoFileIsNoList(_ kind: String) throws {
    let list = incoming + "/.list"
    try files.replaceDurably(disk.path + "/list", Array("+ lib.so\n".utf8))
    switch kind {
    case "folder": try files.createDirectory(list)
    case "link": #expect(symlink(disk.path + "/list", list) == 0)
    case "pipe": #expect(mkfifo(list, 0o644) == 0)
    default: #expect(symlink("/dev/zero", list) == 0)
    }
    try expectRefusal("\(list): is no file")
  }

  @Test(arguments: ["folder", "link", "pipe"]) func whatIsNoFileGetsNoName(_ kind: String) throws {
    let entry = incoming + "/p.yaml"
    switch kind {
    case "folder": try files.createDirectory(entry)
    case "link": #expect(symlink(disk.path + "/outside.so", entry) == 0)
    default: #expect(mkfifo(entry, 0o644) == 0)
    }
    try files.replaceDurably(incoming + "/.list", Array("+ lib.so\n+ p.yaml\n".utf8))
    try expectRefusal("\(entry): is no file")
  }

  /// What is left over is cleared before the next installation: not what a link leads to.
  @Test(arguments: [false, true]) func aLinkInPlaceOfTheFolderIsNotFollowed(isDangling: Bool) throws {
    try files.remove(incoming + "/lib.so")
    files.removeEmptyFolder(incoming)
    #expect(symlink(isDangling ? disk.path + "/nowhere" : disk.path, incoming) == 0)
    try expectRefusal("\(incoming): is no folder")
    #expect(unlink(incoming) == 0)
    try files.replaceDurably(incoming, [1])
    try expectRefusal("\(incoming): is no folder")
  }

  /// Without a list nothing was decided: what is there is cleared, links themselves among it.
  @Test func whatWasNotFinishedIsCleared() throws {
    #expect(symlink(disk.path + "/outside.so", incoming + "/link") == 0)
    #expect(symlink(disk.path + "/nowhere", incoming + "/.list") == 0)
    let before = try contents().filter { !$0.key.hasPrefix(incoming) }
    try files.finishReplacing(in: folder)
    #expect(try contents() == before && files.info(incoming) == nil)
    try files.replaceTogether(in: folder, [("lib.so", [1]), ("p.yaml", [2])])
    #expect(try files.list(folder) == ["lib.so", "p.yaml"])
  }
}
