import HostFormats
import Testing

@Suite struct TextTests {
  @Test(arguments: [
    ("retires", "retries", Int?.some(1)), ("abc", "abc", 0), ("", "ab", 2), ("kitten", "sitting", 3), ("ab", "ba", 1),
    ("abcd", "wxyz", nil), ("a", "abcde", nil), ("é", "e", 1),
  ])
  func distanceCountsEdits(_ a: String, _ b: String, _ distance: Int?) {
    #expect(EditDistance.between(a, b, limit: 3) == distance)
    #expect(EditDistance.between(b, a, limit: 3) == distance)
  }

  @Test func nearestWordIsSuggestedOnlyIfItIsNear() {
    let known = ["source", "destination", "transforms", "vars"]
    #expect(EditDistance.nearest(to: "transfroms", among: known) == "transforms")
    #expect(EditDistance.nearest(to: "SOURCE", among: known) == "source")
    #expect(EditDistance.nearest(to: "var", among: known) == "vars")
    #expect(EditDistance.nearest(to: "zzz", among: known) == nil)
    #expect(EditDistance.nearest(to: String(repeating: "x", count: 100_000), among: known) == nil)
    #expect(EditDistance.suggestion(for: "sorce", among: known) == "did you mean 'source'?")
  }

  @Test func quotedTextIsShortAndOnOneLine() {
    #expect(quoted("a\nb\t\u{1B}[31m\u{202E}") == "'a\\nb\\t\\u{1b}[31m\\u{202e}'")
    #expect(quoted(String(repeating: "x", count: 100)) == "'" + String(repeating: "x", count: 48) + "...'")
    #expect(choices(["a"]) == "a" && choices(["a", "b", "c"]) == "a, b or c")
  }
}
