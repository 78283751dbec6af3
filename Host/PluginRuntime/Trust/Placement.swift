/// Where a plugin's code runs, and why: the one rule, of everything that has a say in it.
///
/// 1. What was taken back, or is another than was signed, runs nowhere, whatever else is said of it.
/// 2. Whoever runs a command may say where, for this once.
/// 3. A worker is given to every manifest that asks for one.
/// 4. The host's own process is for libraries that somebody vouches for, and for those that the operator has let into it.
/// 5. The former run there unless their manifest says otherwise. One that was merely let in has to ask for it.
/// 6. A stranger's manifest that asks for it is refused. It is not moved to a worker: what was installed to run in the
///    host would run slower and confined, and nobody would have said so.
package struct Placement: Sendable, Equatable {
  package var isolation: PluginManifest.Isolation
  /// A few words for people.
  package var reason: String

  private init(_ isolation: PluginManifest.Isolation, _ reason: String) {
    self.isolation = isolation
    self.reason = reason
  }

  /// - Parameters:
  ///   - ordered: what whoever runs the command says.
  ///   - asked: what the manifest says.
  ///   - isLetIn: whether the operator has let this very library into the host.
  /// - Returns: nil for what is refused.
  package init?(
    ordered: PluginManifest.Isolation? = nil, asked: PluginManifest.Isolation?, trust: Trust, isLetIn: Bool
  ) {
    guard trust.refusal == nil else { return nil }
    if let ordered {
      self.init(ordered, "as this command says")
      return
    }
    switch (asked, trust.isTrusted, isLetIn) {
    case (.worker, _, _): self.init(.worker, "as its manifest asks")
    case (_, true, _): self.init(.inProcess, trust.told)
    case (.inProcess, false, true): self.init(.inProcess, "\(trust.told), let in by the operator")
    case (.inProcess, false, false): return nil
    case (nil, false, _): self.init(.worker, trust.told)
    }
  }
}
