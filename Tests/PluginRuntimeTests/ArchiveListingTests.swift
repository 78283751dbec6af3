import HostModel
@testable import HostPluginRuntime
import Testing

/// What an archive of a plugin may hold, by what tar says of it.
@Suite struct ArchiveListingTests {
  private static let plain = """
    -rw-r--r-- 0/0           15960 2026-11-29 12:55:56.25 libshop.so
    -rw-r--r-- 0/0             310 2026-11-29 12:55:56 shop.yaml

    """

  @Test func whatPackMakesIsRead() throws {
    let listing = try ArchiveListing(tar: Self.plain, archive: "shop.tar.gz")
    #expect(listing.names == ["libshop.so", "shop.yaml"] && listing.manifest == "shop.yaml")
  }

  @Test(arguments: [
    ("", ""), ("-rw-r--r-- 0/0 310 2026-11-29 12:55:56 shop.yaml\n", "shop.yaml"),
    (plain + "-rw-r--r-- 0/0 1 2026-11-29 12:55:56 other.yaml\n", "libshop.so, shop.yaml, other.yaml"),
    (plain + "lrwxrwxrwx 0/0 0 2026-11-29 12:55:56 shop.yaml.sig -> /etc/shadow\n", "shop.yaml.sig -> /etc/shadow"),
    (plain + "hrw-r--r-- 0/0 0 2026-11-29 12:55:56 b.so link to libshop.so\n", "b.so link to libshop.so"),
    (plain + "crw-rw-rw- 0/0 1,5 2026-11-29 12:55:56 zero.so\n", "crw-rw-rw- 0/0 1,5"),
    (plain + "prw-r--r-- 0/0 0 2026-11-29 12:55:56 a.json\n", "a.json"),
    (plain + "drwxr-xr-x 0/0 0 2026-11-29 12:55:56 a.so/\n", "a.so/"),
    (plain + "-rw-r--r-- 0/0 1 2026-11-29 12:55:56 ../a.so\n", "../a.so"),
    (plain + "-rw-r--r-- 0/0 1 2026-11-29 12:55:56 /etc/a.so\n", "/etc/a.so"),
    (plain + "-rw-r--r-- 0/0 1 2026-11-29 12:55:56 .a.so\n", ".a.so"),
    (plain + "-rw-r--r-- 0/0 1 2026-11-29 12:55:56 a\\nb.so\n", "a\\nb.so"),
    (plain + "-rw-r--r-- 0/0 1 2026-11-29 12:55:56 run.sh\n", "run.sh"),
    (plain + "-rw-r--r-- 0/0 1 2026-11-29 12:55:56 libshop.so\n", "libshop.so twice"),
  ])
  func whatItDoesNotMakeIsRefused(listing: String, told: String) throws {
    let refusal = failure { _ = try ArchiveListing(tar: listing, archive: "shop.tar.gz") }
    #expect(
      refusal?.description.hasPrefix("shop.tar.gz: is no archive of a plugin: \(told)") == true,
      "\(String(describing: refusal))")
    #expect(refusal?.kind == .invalidInput)
  }

  /// All files together: the disk is not to be filled by what is refused afterwards.
  @Test(arguments: [["99999999999"], ["1073741824", "8388609"]])
  func moreThanAPluginMayHaveIsRefused(sizes: [String]) throws {
    let lines = zip(sizes, ["libshop.so", "a.json"]).map { "-rw-r--r-- 0/0 \($0) 2026-11-29 12:55:56 \($1)\n" }
    let refusal = failure { _ = try ArchiveListing(tar: lines.joined() + Self.plain, archive: "shop.tar.gz") }
    #expect(refusal?.message.contains("has \(sizes.last ?? "") bytes, and a library may have 1073741824") == true)
  }
}
