import HostFormats
import HostGate
import HostModel
import HostPipelines
import HostPluginRuntime
import HostPolicyFile
import HostSystem
import Synchronization

/// The files of a running pipeline whose policies can be changed under it: read again when one of them has changed and on
/// SIGHUP. A bad file is refused with all of its mistakes, and the old policies stay.
final class PolicyFiles: Sendable {
  private let watch: ReloadWatch
  private let log: EventLog
  private let event: @Sendable (String, JSONObject) -> RunEvent
  private let reload = Mutex<PolicyReload?>(nil)
  /// One reload at a time, whoever asks for it.
  private let turn = Mutex(())

  /// - Parameter event: makes an event of the run.
  init(
    _ composition: Composition, pipeline path: String, log: EventLog,
    event: @escaping @Sendable (String, JSONObject) -> RunEvent
  ) {
    let paths =
      [composition.platformPath, Composition.absolute(path)] + composition.manifestFolders
      + composition.registry.libraryPaths
    watch = ReloadWatch(paths, files: composition.files)
    self.log = log
    self.event = event
  }

  /// The plan is made: from now on there is something to change.
  func follow(_ reload: PolicyReload) { self.reload.withLock { $0 = reload } }

  /// Reads them now, whether they have changed or not.
  func readAgain() {
    watch.ask()
    look()
  }

  /// Reads them if they have changed.
  func look() { turn.withLock { _ in readIfDue() } }

  private func readIfDue() {
    guard let reload = reload.withLock({ $0 }), watch.isDue() else { return }
    do throws(Failure) {
      let changes = try reload.reload()
      log.write(event("policy_reloaded", [:]))
      for change in changes { tell(change) }
    } catch {
      Terminal.report(error)
      Terminal.line("the policies stay as they were", to: .error)
      let mistakes = error.diagnostics.isEmpty ? [error.description] : error.diagnostics.map(\.description)
      log.write(event("policy_refused", ["mistakes": .array(mistakes.map { .string(Terminal.shown($0)) })]))
    }
  }

  private func tell(_ change: PolicyReload.PluginChange) {
    var details: JSONObject = ["plugin": .string(change.plugin), "version": .string(change.version)]
    if let refusal = change.refusal {
      Terminal.line("the plugin '\(change.plugin)' stays as it was: \(Terminal.printable(refusal))", to: .error)
      details["reason"] = .string(Terminal.shown(refusal))
    }
    log.write(event(change.refusal == nil ? "plugin_replaced" : "plugin_refused", details))
  }
}

extension Composition {
  /// Where a reload finds the policies: the platform file, the manifests and the pipeline file, as they are then.
  func policySources(_ options: GlobalOptions, pipeline path: String, overrides: [String]) -> PolicyReload.Sources {
    let (files, folders, home) = (files, manifestFolders, home)
    return PolicyReload.Sources(
      platform: { () throws(Failure) in try Composition.settings(options, files) },
      manifests: { () throws(Failure) in try PluginRegistry.policies(folders: folders, files: files) },
      pipeline: { () throws(Failure) in try PipelineLoader().read(path, overrides: overrides).get().policy },
      trust: { () throws(Failure) in try TrustStore(home: home, files: files) })
  }
}
