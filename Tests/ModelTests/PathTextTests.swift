import HostModel
import Testing

@Suite struct PathTextTests {
  @Test(arguments: [
    ("/a/b.txt", "/a"), ("/a", "/"), ("/", "/"), ("a", "."), ("", "."), ("a/b/", "a/b"), ("/a/\u{301}b", "/a"),
    ("/\u{301}b", "/"),
  ])
  func folderIsWhatStandsBeforeTheLastSlash(path: String, folder: String) {
    #expect(PathText.folder(of: path).unicodeScalars.elementsEqual(folder.unicodeScalars))
  }

  @Test(arguments: [
    ("..", true), ("../a", true), ("a/../b", true), ("a/..", true), ("..\u{301}", false), ("..a/b..", false),
    ("", false),
    ("../\u{301}a", true), ("a/\u{301}..", false), ("/", false), (".", false),
  ])
  func climbingIsToHaveAStepUpwards(path: String, climbs: Bool) {
    #expect(PathText.climbs(path) == climbs)
  }

  @Test func stepsMakeThePathAgain() {
    for path in ["", "/", "a//b/", "/a/\u{301}b/..", "🦩/\u{FE0F}/é"] {
      #expect(PathText.steps(path).joined(separator: "/").utf8.elementsEqual(path.utf8))
    }
  }
}
