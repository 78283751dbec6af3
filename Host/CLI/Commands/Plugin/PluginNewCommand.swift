import ArgumentParser
import HostFormats
import HostModel
import HostPluginRuntime
import HostSystem

/// `headrace plugin new`: the project of a plugin that builds, passes its tests, and keeps every rule.
struct PluginNewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Writes the project of a new plugin, which builds and passes the check as it is.")

  @Argument(help: "The plugin's name: lower-case letters, digits and hyphens.")
  var name: String

  @Option(help: "source, transform, detector or llm.")
  var kind: String

  @Option(help: "c, cpp, rust or swift.")
  var lang: String

  @Option(help: "The folder to write (the plugin's name unless given). It must not exist.")
  var into: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let composition = try Composition(global)
    let project = try PluginProject(
      name: name, kind: try PluginProject.kind(named: kind), language: try language(),
      kit: try HeadracePaths.kit(composition.files))
    let folder = into ?? name
    let path = Composition.absolute(folder)
    try PluginProject.checkPlace(path, composition.files)
    let work = try WorkFolder(beside: path, composition.files)
    let files = try project.write(to: path, composition.files, writing: work.path)
    if global.isJSON {
      let list = files.map(JSONValue.string)
      return Terminal.json(.object(["schema_version": 1, "folder": .string(folder), "files": .array(list)]))
    }
    Terminal.line("\(folder)/: \(files.joined(separator: ", "))")
    Terminal.line("next: cd \(folder) && \(try language().build) && headrace plugin check \(name).yaml")
  }

  private func language() throws(Failure) -> PluginProject.Language {
    if let found = PluginProject.Language(rawValue: lang) { return found }
    let names = PluginProject.Language.allCases.map(\.rawValue)
    throw Failure(
      .invalidInput, "there is no template in the language '\(lang)'",
      advice: EditDistance.suggestion(for: lang, among: names) ?? "there are those in \(names.joined(separator: ", "))")
  }
}

extension HeadracePaths {
  /// The folder of the plugin interface: of the installation, or of the checkout that this program was built in.
  static func kit(_ files: SystemFiles) throws(Failure) -> String {
    var folder = PathText.folder(of: try Composition.executable())
    var candidates = [PathText.folder(of: folder) + "/share/headrace/PluginAPI"]
    for _ in 0..<5 {
      candidates.append(folder + "/PluginAPI")
      folder = PathText.folder(of: folder)
    }
    for candidate in candidates where try files.info(candidate + "/Templates")?.kind == .directory { return candidate }
    throw Failure(
      .environment, "the templates are not there: looked for \(candidates[0])",
      advice: "install Headrace with 'make install'", status: .notFound)
  }
}
