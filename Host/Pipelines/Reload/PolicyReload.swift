package import HostGate
package import HostModel
package import HostPluginRuntime
package import HostPolicyFile

/// Lets a running pipeline go on by what its files say now: the policies of the platform file, of the manifests and of the
/// pipeline file, the nearest winning, and the plugins that are installed. Everything else in them counts from the next run
/// on.
///
/// All files are read and every mistake is found before anything changes; with one of them wrong the old policies stay.
package struct PolicyReload: Sendable {
  /// Where the policies come from. Each throws all mistakes of its files.
  package struct Sources: Sendable {
    package var platform: @Sendable () throws(Failure) -> PlatformSettings
    package var manifests: @Sendable () throws(Failure) -> [String: PolicySection]
    package var pipeline: @Sendable () throws(Failure) -> PolicySection
    package var trust: @Sendable () throws(Failure) -> TrustStore

    package init(
      platform: @escaping @Sendable () throws(Failure) -> PlatformSettings,
      manifests: @escaping @Sendable () throws(Failure) -> [String: PolicySection],
      pipeline: @escaping @Sendable () throws(Failure) -> PolicySection,
      trust: @escaping @Sendable () throws(Failure) -> TrustStore
    ) {
      self.platform = platform
      self.manifests = manifests
      self.pipeline = pipeline
      self.trust = trust
    }
  }

  private let sources: Sources
  private let plan: PipelinePlan
  private let host: PipelineHost
  private let monitor: DegradationMonitor

  package init(_ sources: Sources, plan: PipelinePlan, host: PipelineHost, monitor: DegradationMonitor) {
    self.sources = sources
    self.plan = plan
    self.host = host
    self.monitor = monitor
  }

  /// What has become of a plugin that is another one now.
  package struct PluginChange: Sendable {
    package var plugin: String
    package var version: String
    /// Why the old one goes on; nil if the new one takes over.
    package var refusal: String?
  }

  /// - Returns: the plugins that have changed.
  /// - Throws: a failure with all mistakes; nothing has changed then.
  package func reload() throws(Failure) -> [PluginChange] {
    let (settings, manifests, pipeline, registry) = try readAll()
    let platform = settings.policy
    let origin = CallOrigin(tenant: host.tenant, sourceID: plan.file.sourceID, pipeline: plan.file.name)
    let scope = host.gate.pipeline(origin)
    var policies: [String: PolicySection] = [:]
    for stage in plan.stages {
      let policy = pipeline.over((manifests[stage.name] ?? PolicySection()).over(platform))
      policies[stage.name] = policy
      stage.follow(policy, host, origin: origin)
    }
    for server in LakeServer.allCases { server.reconfigure(host.gate, settings) }
    host.policies.replace(policies)
    monitor.configure(platform.degradation.configuration)
    monitor.configure(scope, pipeline.over(platform).degradation.configuration)
    return changePlugins(registry, pipeline, platform)
  }

  /// Puts plugins that were installed since into the places of the old ones, once they have been probed and take the
  /// configuration.
  private func changePlugins(
    _ registry: PluginRegistry, _ pipeline: PolicySection, _ platform: PolicySection
  ) -> [PluginChange] {
    var changes: [PluginChange] = []
    for planned in plan.stages {
      let offer = registry.offer(of: planned.name)
      guard !host.stages.hasDeclined(offer, for: planned) else { continue }
      let old = host.stages.goal(planned)
      do throws(Failure) {
        let next = try registry.stage(again: planned, policy: pipeline, platform: platform)
        guard next.plugin !== old.plugin || next.configText != old.configText else { continue }
        let rehearsal = try registry.rehearsal(of: next)
        host.stages.replace(planned, by: StageBook.Candidate(stage: next, rehearsal: rehearsal, offer: offer))
        changes.append(PluginChange(plugin: next.name, version: next.plugin.description.version, refusal: nil))
      } catch {
        host.stages.decline(offer, for: planned)
        changes.append(
          PluginChange(plugin: planned.name, version: old.plugin.description.version, refusal: error.description))
      }
    }
    return changes.reduce(into: []) { told, change in
      // A plugin that stands in several places is told once.
      if !told.contains(where: { $0.plugin == change.plugin && $0.refusal == change.refusal }) { told.append(change) }
    }
  }

  private func readAll() throws(Failure) -> (
    PlatformSettings, [String: PolicySection], PolicySection, PluginRegistry
  ) {
    var mistakes: [Diagnostic] = []
    func read<Value>(_ source: () throws(Failure) -> Value) throws(Failure) -> Value? {
      do throws(Failure) { return try source() } catch {
        guard !error.diagnostics.isEmpty else { throw error }
        mistakes += error.diagnostics
        return nil
      }
    }
    let platform = try read(sources.platform)
    let manifests = try read(sources.manifests)
    let pipeline = try read(sources.pipeline)
    let own = Set(plan.stages.map(\.name)).sorted().compactMap { manifests?[$0] }
    let named = [pipeline].compactMap { $0 } + own
    mistakes += named.flatMap { $0.unknownTargets(host.targets) }
    let trust = try read(sources.trust)
    guard mistakes.isEmpty, let platform, let manifests, let pipeline, let trust else { throw .invalid(mistakes) }
    return (platform, manifests, pipeline, try host.registry.reread(trust: trust))
  }
}

extension PipelinePlan {
  /// Every plugin in its place, once for each place.
  package var stages: [PlannedStage] {
    [source, format] + streams.flatMap { $0.transforms + $0.detectors }
  }
}
