package import HostFormats
import HostGate
package import HostModel
import HostPluginCalls
package import HostPluginRuntime
package import HostPolicyFile

/// Turns a pipeline file into a plan: loads its plugins, checks their configurations, asks the source for its streams,
/// and binds the stages to their columns. Moves no rows and changes no table.
package struct Planner: Sendable {
  private let host: PipelineHost
  private let cancellation: Cancellation
  /// The folder that relative paths in a pipeline file begin at.
  private let baseFolder: String
  /// Writes the data files.
  private static let formatPlugin = "parquet"

  package init(_ host: PipelineHost, baseFolder: String, cancellation: Cancellation) {
    self.host = host
    self.baseFolder = baseFolder
    self.cancellation = cancellation
  }

  // MARK: Without the source

  /// The stages of a file: their plugins are there and their configurations fit. Every mistake is collected.
  package func stages(_ file: PipelineFile) -> (stages: Stages?, diagnostics: [Diagnostic]) {
    let (stages, mistakes) = collectedStages(file)
    return (stages, mistakes.all)
  }

  private func collectedStages(_ file: PipelineFile) -> (stages: Stages?, mistakes: StageMistakes) {
    let place = SourcePlace(file: file.source.plugin.place.file, line: 0, column: 0)
    var mistakes = StageMistakes(of: place)
    let source = mistakes.collect { () throws(Failure) in
      try stage(plugin: file.source.plugin, .source, config: file.source.config, policy: file.policy)
    }
    let transforms = file.transforms.compactMap { section in
      mistakes.collect { () throws(Failure) in
        try stage(plugin: section.plugin, .transform, config: section.config, policy: file.policy)
      }
    }
    let detectors = file.detectors.compactMap { section in
      mistakes.collect { () throws(Failure) in
        try stage(plugin: section.plugin, .detector, config: section.config, policy: file.policy)
      }
    }
    let format = mistakes.collect { () throws(Failure) in
      try stage(
        plugin: Placed(Self.formatPlugin, at: place), .format, config: .emptyMapping(at: place), policy: file.policy)
    }
    let manifests = [source, format].compactMap { $0 } + transforms + detectors
    mistakes.diagnostics += unknownTargets(file, of: manifests.map(\.name))
    guard mistakes.isEmpty, let source, let format else { return (nil, mistakes) }
    return (Stages(source: source, transforms: transforms, detectors: detectors, format: format), mistakes)
  }

  private func unknownTargets(_ file: PipelineFile, of plugins: [String]) -> [Diagnostic] {
    let manifests = Set(plugins).sorted().compactMap { host.registry.plugins[$0]?.manifest.policy }
    return ([file.policy] + manifests).flatMap { $0.unknownTargets(host.targets) }
  }

  package struct Stages: Sendable {
    package var source: PlannedStage
    package var transforms: [PlannedStage]
    package var detectors: [PlannedStage]
    package var format: PlannedStage
  }

  /// A plugin by itself, as `discover` and `lake sql` use one.
  package func stage(
    plugin name: Placed<String>, _ kind: PluginKind, config: YAMLNode, policy: PolicySection
  ) throws(Failure) -> PlannedStage {
    try host.registry.stage(
      plugin: name, kind, config: config, policy: policy, platform: host.platformPolicy, baseFolder: baseFolder)
  }

  // MARK: With the source

  /// The whole plan.
  ///
  /// - Parameter selection: names or patterns of streams; empty for all that the file names.
  package func plan(_ file: PipelineFile, selection: [String] = []) throws(Failure) -> PipelinePlan {
    let (found, mistakes) = collectedStages(file)
    guard let stages = found else { throw mistakes.whole }
    let origin = CallOrigin(tenant: host.tenant, sourceID: file.sourceID, pipeline: file.name)
    let discovered = try placed(stages.source) { () throws(Failure) in
      let source = try SourceInstance(
        stages.source.plugin, config: stages.source.configText,
        context: stages.source.context(host, origin: origin, cancellation: cancellation, lane: nil),
        host: host.services)
      return try source.discover(file.source.streams.map(\.name.value.text))
    }
    let chosen = try select(discovered, file, selection)
    var plans: [StreamPlan] = []
    for (stream, rule) in chosen { plans.append(try plan(stream, rule, file, stages, origin)) }
    try refuseSharedTables(plans)
    var warnings: [Diagnostic] = []
    for plan in plans {
      warnings += plan.discovered.notes.map {
        Diagnostic(.warning, at: plan.rule.name.place, "\(plan.id.stream): \($0)")
      }
    }
    return PipelinePlan(file: file, source: stages.source, format: stages.format, streams: plans, warnings: warnings)
  }

  private func select(
    _ discovered: [DiscoveredStream], _ file: PipelineFile, _ selection: [String]
  ) throws(Failure) -> [(DiscoveredStream, StreamRule)] {
    let patterns = selection.map { StreamPattern($0) }
    for pattern in patterns where !discovered.contains(where: { pattern.matches($0.name) }) {
      let suggestion = EditDistance.suggestion(for: pattern.text, among: discovered.map(\.name))
      throw Failure(
        .invalidInput, "the pipeline has no stream '\(pattern.text)'",
        advice: suggestion ?? "it has \(discovered.map(\.name).joined(separator: ", "))")
    }
    let chosen = discovered.compactMap { stream in file.source.rule(for: stream.name).map { (stream, $0) } }
      .filter { entry in patterns.isEmpty || patterns.contains { $0.matches(entry.0.name) } }
    guard !chosen.isEmpty else {
      throw .invalid([Diagnostic(at: file.source.plugin.place, "the source has no stream that the file asks for")])
    }
    return chosen
  }

  private func plan(
    _ stream: DiscoveredStream, _ rule: StreamRule, _ file: PipelineFile, _ stages: Stages, _ origin: CallOrigin
  ) throws(Failure) -> StreamPlan {
    let id = StreamID(pipeline: file.name, stream: stream.name)
    let (modes, problems) = rule.modes(filesByDefault: stream.isMadeOfFiles, destination: file.destination.write)
    if !problems.isEmpty { throw .invalid(problems) }
    try refuseUnsupported(modes, stream, rule)
    let transforms = zip(file.transforms, stages.transforms).filter { $0.0.takes(stream.name) }.map(\.1)
    let detectors = zip(file.detectors, stages.detectors).filter { $0.0.takes(stream.name) }.map(\.1)
    var plan = StreamPlan(
      id: id, discovered: stream, table: try table(for: id, rule, file), read: modes.read, write: modes.write,
      partition: rule.partition.map(\.value.expression), transforms: transforms, detectors: detectors,
      schemas: [stream.schema], rule: rule
    )
    try bind(&plan, file, origin)
    return plan
  }

  /// Binds every stage once, to know the columns and to find mistakes before rows move.
  private func bind(_ plan: inout StreamPlan, _ file: PipelineFile, _ origin: CallOrigin) throws(Failure) {
    for stage in plan.transforms {
      let instance = try placed(stage) { () throws(Failure) in
        try TransformInstance(
          stage.plugin, config: stage.configText, stream: plan.id.stream, input: ExportedSchema(plan.output),
          context: stage.context(host, origin: origin, cancellation: cancellation, lane: nil), host: host.services)
      }
      plan.schemas.append(instance.output)
    }
    let columns = ExportedSchema(plan.output)
    for stage in plan.detectors {
      _ = try placed(stage) { () throws(Failure) in
        try DetectorInstance(
          stage.plugin, config: stage.configText, stream: plan.id.stream, schema: columns,
          context: stage.context(host, origin: origin, cancellation: cancellation, lane: nil), host: host.services)
      }
    }
    for field in plan.output.fields where field.type.hasNarrowMembers {
      throw .invalid([
        Diagnostic(
          at: plan.rule.name.place,
          "the column '\(field.name)' of the stream '\(plan.id.stream)' has small integers inside a nested type",
          suggestion: "cast its members to 'int' or 'long' in a transform")
      ])
    }
    for column in file.destination.metadataColumns where plan.output.index(of: column.columnName) != nil {
      throw .invalid([
        Diagnostic(
          at: plan.rule.name.place, "the stream '\(plan.id.stream)' has a column '\(column.columnName)' of its own",
          suggestion: "rename it, or leave '\(column.rawValue)' out of 'metadata_columns'")
      ])
    }
    do throws(IcebergError) {
      let stored = IcebergSchema(plan.stored(file.destination.metadataColumns))
      _ = try PartitionSpec(plan.partition, schema: stored)
    } catch {
      let place = plan.rule.partition.first?.place ?? plan.rule.name.place
      throw .invalid([Diagnostic(at: place, error.message, suggestion: error.advice)])
    }
  }

  /// A failure of a stage is told at its place in the file: it may be a mistake there, such as an unknown column.
  private func placed<R>(_ stage: PlannedStage, _ body: () throws(Failure) -> R) throws(Failure) -> R {
    do throws(Failure) { return try body() } catch {
      guard error.diagnostics.isEmpty else { throw error }
      var told = error
      told.diagnostics = [Diagnostic(at: stage.place, error.statement, suggestion: error.advice)]
      throw told
    }
  }

  private func refuseUnsupported(
    _ modes: StreamRule.Modes, _ stream: DiscoveredStream, _ rule: StreamRule
  ) throws(Failure) {
    if modes.read == .newFiles, !stream.isMadeOfFiles {
      throw .invalid([
        Diagnostic(
          at: rule.read?.place ?? rule.name.place, "the stream '\(stream.name)' is not made of files",
          suggestion: "use 'read: full'")
      ])
    }
    if modes.read == .incremental || modes.write == .upsert {
      let place = rule.read?.place ?? rule.write?.place ?? rule.name.place
      throw .invalid([Diagnostic(at: place, "'incremental' and 'upsert' are reserved, not yet supported")])
    }
  }

  private func table(for stream: StreamID, _ rule: StreamRule, _ file: PipelineFile) throws(Failure) -> TableName {
    guard let template = rule.table ?? file.destination.table else {
      throw .invalid([Diagnostic(at: rule.name.place, "the stream '\(stream.stream)' has no table")])
    }
    do throws(TableTemplate.Mistake) { return try template.value.table(for: stream) } catch {
      throw .invalid([Diagnostic(at: template.place, error.message, suggestion: error.suggestion)])
    }
  }

  /// Names from patterns can meet only now.
  private func refuseSharedTables(_ plans: [StreamPlan]) throws(Failure) {
    var owners: [TableName: StreamPlan] = [:]
    for plan in plans {
      let folded = TableName(namespace: plan.table.namespace.lowercased(), name: plan.table.name.lowercased())
      if let owner = owners[folded] {
        throw .invalid([
          Diagnostic(
            at: plan.rule.table?.place ?? plan.rule.name.place,
            "the streams '\(owner.id.stream)' and '\(plan.id.stream)' would both be written to \(plan.table)",
            suggestion: "give one of them its own 'table'")
        ])
      }
      owners[folded] = plan
    }
  }
}

/// Collects what is wrong with the stages of a file, so that all of it is told at once.
private struct StageMistakes {
  var diagnostics: [Diagnostic] = []
  private var failure: Failure?
  /// The file, for what has no place in it.
  private let place: SourcePlace

  init(of place: SourcePlace) { self.place = place }

  var isEmpty: Bool { diagnostics.isEmpty && failure == nil }

  mutating func collect<R>(_ body: () throws(Failure) -> R) -> R? {
    do throws(Failure) { return try body() } catch {
      if error.diagnostics.isEmpty { failure = failure ?? error } else { diagnostics += error.diagnostics }
      return nil
    }
  }

  var all: [Diagnostic] {
    guard let failure else { return diagnostics }
    return diagnostics + [Diagnostic(at: place, failure.statement, suggestion: failure.advice)]
  }

  /// All of it as one failure. What this machine lacks, and nothing else, is no mistake of the file's.
  var whole: Failure {
    var told = Failure.invalid(all)
    if diagnostics.isEmpty, let failure, failure.kind == .environment {
      (told.kind, told.status) = (failure.kind, failure.status)
    }
    return told
  }
}
