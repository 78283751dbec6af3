import HostModel
import HostSystem

/// Files that a user asks for by a path from the working folder.
enum UserFile {
  static func exists(_ path: String) throws(Failure) -> Bool {
    try SystemFiles().info(Composition.absolute(path)) != nil
  }

  /// A file that has to be there.
  ///
  /// - Parameter advice: what to do if it is not.
  static func read(_ path: String, limit: Int = 4 << 20, advice: String) throws(Failure) -> [UInt8] {
    let absolute = Composition.absolute(path)
    guard let info = try SystemFiles().info(absolute) else {
      throw Failure(.invalidInput, "\(path): there is no such file", advice: advice, status: .notFound)
    }
    guard info.kind != .directory else {
      throw Failure(.invalidInput, "\(path): is a folder", advice: "name a file in it", status: .invalidConfig)
    }
    return try SystemFiles().read(absolute, limit: limit)
  }

  /// A new file. A folder that is not there is the user's mistake, not the machine's.
  static func create(_ path: String) throws(Failure) -> any FileWriter {
    let absolute = Composition.absolute(path)
    let folder = PathText.folder(of: absolute)
    guard try SystemFiles().info(folder)?.kind == .directory else {
      throw Failure(.invalidInput, "\(path): there is no folder \(folder)", advice: "make it first", status: .notFound)
    }
    return try SystemFiles().create(absolute)
  }
}
