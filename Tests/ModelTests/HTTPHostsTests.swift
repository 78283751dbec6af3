import HostModel
import Testing

@Suite struct HTTPHostsTests {
  struct Case: Sendable, CustomStringConvertible {
    var declared: [String]
    var url: String
    var isAllowed: Bool
    var description: String { "\(declared) and \(url)" }

    init(_ declared: String..., allow url: String) { (self.declared, self.url, isAllowed) = (declared, url, true) }
    init(_ declared: String..., refuse url: String) { (self.declared, self.url, isAllowed) = (declared, url, false) }
  }

  @Test(arguments: [
    Case("api.example.com", allow: "https://api.example.com/v1?q=1"),
    Case("api.example.com", allow: "http://api.example.com"),
    Case("api.example.com", allow: "https://API.Example.COM./"),
    Case("api.example.com", allow: "https://api.example.com:443/"),
    Case("API.example.com.", allow: "https://api.example.com/"),
    Case("api.example.com", refuse: "https://api.example.com:8443/"),
    Case("api.example.com", refuse: "https://api.example.com:80/"),
    Case("api.example.com:8443", allow: "https://api.example.com:8443/"),
    Case("api.example.com:8443", refuse: "https://api.example.com/"),
    Case("api.example.com:443", allow: "https://api.example.com/"),
    Case("api.example.com:443", refuse: "http://api.example.com/"),
    Case("api.example.com", refuse: "https://api.example.com.evil.org/"),
    Case("api.example.com", refuse: "https://evilapi.example.com/"),
    Case("api.example.com", refuse: "https://example.com/"),
    Case("api.example.com", refuse: "https://evil.org/?https://api.example.com/"),
    Case("api.example.com", refuse: "https://evil.org/#@api.example.com/"),
    Case("*.example.com", allow: "https://a.example.com/"),
    Case("*.example.com", allow: "https://a.b.example.com/"),
    Case("*.example.com", refuse: "https://example.com/"),
    Case("*.example.com", refuse: "https://badexample.com/"),
    Case("*.example.com:8443", allow: "http://a.example.com:8443/"),
    Case("*.example.com:8443", refuse: "https://a.example.com/"),
    // An address has nothing below it, and what is below `com` belongs to everybody.
    Case("*.0.0.1", refuse: "http://127.0.0.1/"),
    Case("*.com", refuse: "https://evil.com/"),
    Case("*", refuse: "https://evil.com/"),
    Case("*:443", refuse: "https://evil.com/"),
    Case("127.0.0.1:8080", allow: "http://127.0.0.1:8080/"),
    Case("127.0.0.1:8080", refuse: "http://localhost:8080/"),
    Case("localhost:8080", refuse: "http://127.0.0.1:8080/"),
    // Other ways to write the same address are other names.
    Case("127.0.0.1", refuse: "http://2130706433/"),
    Case("127.0.0.1", refuse: "http://0x7f.0.0.1/"),
    Case("[::1]:8080", allow: "http://[::1]:8080/"),
    Case("[::1]", refuse: "http://[::2]/"),
    Case("https://api.example.com/v1", allow: "https://api.example.com/other"),
    Case("https://api.example.com/v1", refuse: "http://api.example.com/v1"),
    Case("http://api.example.com:8080", allow: "http://api.example.com:8080/"),
    Case("https://user:word@api.example.com/", refuse: "https://api.example.com/"),
    Case(refuse: "https://api.example.com/"),
    Case("", "api.example.com:", "api.example.com:0", "a b", refuse: "https://api.example.com/"),
    Case("one.example.com", "two.example.com", allow: "https://two.example.com/"),
  ])
  func whatIsDeclaredIsAllowedAndNothingElse(item: Case) throws {
    #expect(HTTPHosts(item.declared).allow(try HTTPAddress(url: item.url)) == item.isAllowed)
  }

  @Test(arguments: [
    ("ftp://api.example.com/", "its scheme is neither http nor https"), ("file:///etc/passwd", "its scheme"),
    ("api.example.com", "it has no http://"), ("http:api.example.com", "it has no http://"),
    ("https://user@api.example.com/", "it has a user"), ("https://a:b@api.example.com/", "it has a user"),
    ("https://", "its host is no name"), ("https:///x", "its host is no name"), ("https://:80/", "its host is no name"),
    ("https://ex%61mple.com/", "its host is no name"), ("https://a..b/", "its host is no name"),
    ("https://[::1/", "its host is no name"), ("https://[fe80::1%25eth0]/", "its host is no name"),
    ("https://[::1]x/", "its host is no name"), ("https://a:0/", "its port"), ("https://a:65536/", "its port"),
    ("https://a:/", "its port"), ("https://a:b:80/", "its port"), ("https://a:8 0/", "a character"),
    ("https://a\\@b/", "a character"), ("https://a/\u{e4}", "a character"), ("https://a/\r\nHost: b", "a character"),
    ("https://a/\0", "a character"), ("https://a/" + String(repeating: "x", count: 40_000), "more than 32768 bytes"),
  ])
  func whatReadersMightUnderstandDifferentlyIsNoURL(url: String, reason: String) throws {
    let failure = try #require(throws: Failure.self) { _ = try HTTPAddress(url: url) }
    #expect(failure.status == .invalidConfig && failure.message.contains(reason), "\(failure)")
  }

  /// What is secret in a URL is in no message about it.
  @Test func aMessageHoldsNothingOfTheURL() throws {
    let failure = try #require(throws: Failure.self) { _ = try HTTPAddress(url: "https://hunter2@a/?key=hunter2") }
    #expect(!failure.description.contains("hunter2"))
  }
}
