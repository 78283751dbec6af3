import HostFormats
import HostModel

extension Doctor {
  /// Whether what a pipeline file needs is there: its plugins, and its source.
  ///
  /// - Parameter baseFolder: the file's folder.
  package func checks(of file: PipelineFile, baseFolder: String) -> [DoctorCheck] {
    let stages = check("pipeline", "stages") { () throws(Failure) in
      let (stages, diagnostics) = try planner(baseFolder).stages(file)
      guard stages != nil else { throw .invalid(diagnostics) }
      return "\(1 + file.transforms.count + file.detectors.count) plugins, their configurations fit"
    }
    guard stages.state == .ok else { return [stages] }
    let source = check("pipeline", "source '\(file.source.plugin.value)'") { () throws(Failure) in
      let before = clock.now()
      let plan = try planner(baseFolder).plan(file)
      let taken = clock.now().duration(since: before).wholeNanoseconds / 1_000_000
      let endpoint = plan.source.endpoint
      let place = endpoint.isEmpty ? "" : " at \(endpoint)"
      let remark = remark(of: file.source.plugin.value).map { ", \($0)" } ?? ""
      return "reachable\(place)\(remark), streams: \(plan.streams.count), in \(taken) ms"
    }
    return [stages, source]
  }

  private func planner(_ folder: String) throws(Failure) -> Planner {
    Planner(try host.get(), baseFolder: folder, cancellation: Cancellation())
  }
}
