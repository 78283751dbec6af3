import HostModel
@testable import HostPluginRuntime
import HostSystem
import TestSupport
import Testing

/// Which kinds a project can be made of, and what is said of the others.
@Suite struct ProjectKindTests {
  @Test(arguments: PluginProject.kinds) func aKindWithTemplatesIsFoundByItsName(_ kind: PluginKind) throws {
    #expect(try PluginProject.kind(named: kind.rawValue) == kind)
  }

  @Test(arguments: [
    ("format", "'format': its name goes into the lake's metadata, which knows PARQUET, ORC and AVRO"),
    ("format", "; see docs/plugins/format.md for what one has to do; there are templates of source, transform"),
    ("cdc", "'cdc': this version has no such plugins yet; did you mean 'source'?"),
    ("sink", "'sink': this version has no such plugins yet: it writes to its lake; did you mean 'transform'?"),
    ("sorce", "no kind of plugin 'sorce'; did you mean 'source'?"),
    ("", "no kind of plugin ''; there are templates of source, transform, detector, llm"),
    ("Source", "no kind of plugin 'Source'; did you mean 'source'?"),
    ("query", "'query': it is a draft, which a library has beside its kinds and no manifest names; did you mean"),
    ("queue", "no kind of plugin 'queue'; there are templates of"),
  ])
  func anyOtherNameIsRefusedWithAWayOn(_ word: String, _ told: String) {
    let refusal = failure { _ = try PluginProject.kind(named: word) }
    let said = refusal?.description ?? "nothing"
    #expect(refusal?.kind == .invalidInput && said.contains(told), "\(word): \(said)")
  }

  /// Whoever makes a project of a kind without asking for it by name.
  @Test func everyKindHasATemplateOrIsRefused() throws {
    let kit = HeadraceInstallation.root + "/PluginAPI"
    for kind in PluginKind.allCases {
      let isThere = try SystemFiles().info("\(kit)/Templates/c/\(kind.rawValue)") != nil
      let refusal = failure { _ = try PluginProject(name: "my-plugin", kind: kind, language: .c, kit: kit) }
      #expect(isThere == (refusal == nil), "\(kind)")
    }
  }
}
