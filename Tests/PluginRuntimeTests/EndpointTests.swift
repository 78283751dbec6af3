import HostFormats
import Testing

@testable import HostPluginRuntime

@Suite struct EndpointTests {
  private func endpoint(_ text: String) -> String {
    Endpoint.of(
      ["url": .string(text), "other": "x"], ["properties": ["other": [:], "url": ["x-headrace-endpoint": true]]])
  }

  @Test func aURIIsCutDownToHostPortAndPath() {
    #expect(endpoint("postgres://h:5432/db") == "h:5432/db")
    #expect(endpoint("postgres://u:p@h:5432/db?sslmode=require") == "h:5432/db")
    #expect(endpoint("https://h/path#part") == "h/path")
  }

  @Test(arguments: [
    "postgres://u:s3cret@h/db", "postgres://u:s3@cret@h/db", "postgres://u:s3/cret@h/db",
    "postgres://u:x@s3/cret@h/db", "postgres://u:s3/@cret@h/db", "u:s3cret@h/db", "u:s3=cret@h/db",
    "postgres://u:a?s3cret@h/db", "postgres://u:a@s3?cret@h/db", "postgres://u:s3#cret@h/db",
    "postgres://h/db?user=u&password=s3@cret", "host=h password=s3cret", "password=s3cret host=h",
    "password='s3 host=cret' host=h", "password = 's3 host=cret'", "password='it\\'s host=s3cret' host=h",
    "password=s3\\ host=cret host=h", "password\n=\n'host=s3cret", "password= host=s3cret",
    "dbname='postgres://u:s3cret@h/db'",
  ])
  func noPartOfAPasswordIsEverShown(_ text: String) {
    let shown = endpoint(text)
    #expect(!shown.contains("s3") && !shown.contains("cret"), "\(shown)")
  }

  @Test func pairsShowWhereTheServerIs() {
    #expect(endpoint("host=h port=5432 dbname=d user=u password='a b'") == "h:5432:d")
    #expect(endpoint("  password='a b'\thost = 'h!'  dbname='a b' ") == "h!:a b")
    #expect(endpoint("password='it\\'s' host=x!") == "x!")
    #expect(endpoint("service=orders") == "orders")
  }

  @Test func listsAndPlainTextAreTakenAsTheyAre() {
    #expect(endpoint("data/*.csv") == "data/*.csv")
    #expect(
      Endpoint.of(["url": ["a", "http://u:p@b/c"]], ["properties": ["url": ["x-headrace-endpoint": true]]]) == "a,b/c")
  }

  @Test func aPluginThatTalksToNobodyHasNone() {
    #expect(Endpoint.of(["url": "x"], ["properties": ["url": [:]]]) == "")
    #expect(Endpoint.of(["url": 5], ["properties": ["url": ["x-headrace-endpoint": true]]]) == "")
    #expect(Endpoint.of(["url": "x"], [:]) == "")
  }
}
