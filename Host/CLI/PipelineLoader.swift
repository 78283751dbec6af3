import HostFormats
import HostModel
import HostPipelines
import HostSystem

extension InterpolationSources {
  /// The environment of this process, and files from `folder` on.
  static func ofProcess(files: SystemFiles, folder: String) -> InterpolationSources {
    InterpolationSources(
      environment: { SystemEnvironment.value($0) },
      readFile: { (path, limit) throws(Unreadable) in
        let absolute = path.hasPrefix("/") ? path : folder + "/" + path
        do throws(Failure) { return try files.read(absolute, limit: limit) } catch {
          throw Unreadable(error.status == .notFound ? "there is no such file" : error.message)
        }
      })
  }
}

/// Reads the pipeline files that a command names.
struct PipelineLoader {
  let files = SystemFiles()

  /// - Parameter overrides: the `--set` arguments.
  func read(_ path: String, overrides: [String]) throws(Failure) -> PipelineFile.Reading {
    let bytes = try UserFile.read(path, advice: "write one with 'headrace init'")
    var parsed: [VariableOverride] = []
    for override in overrides { parsed.append(try VariableOverride.parse(override).get()) }
    return PipelineFile.parse(
      bytes, file: path,
      sources: .ofProcess(files: files, folder: PathText.folder(of: Composition.absolute(path))), overrides: parsed)
  }

  func load(_ path: String, overrides: [String], into composition: Composition) throws(Failure) -> PipelineFile {
    let file = try read(path, overrides: overrides).get()
    composition.secrets = file.secrets
    return file
  }

  func planner(
    for path: String, _ host: PipelineHost, cancellation: Cancellation = Cancellation()
  ) -> Planner {
    Planner(host, baseFolder: PathText.folder(of: Composition.absolute(path)), cancellation: cancellation)
  }
}
