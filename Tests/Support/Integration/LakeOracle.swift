import Foundation

/// pyiceberg in a process of its own that stays: it says what is in the tables of a home, and writes to them as a
/// foreign engine would.
///
/// One request and one answer at a time, each a JSON object on a line.
package final class LakeOracle {
  package struct Failed: Error, CustomStringConvertible {
    package let description: String
  }

  /// A table's rows without the time at which they were ingested.
  package struct Contents: Equatable, CustomStringConvertible {
    package let rows: Int
    /// Of the rows as canonical JSON, sorted.
    package let digest: String

    package var description: String { "\(rows) rows (\(digest.prefix(12)))" }
  }

  private let process = Process()
  private let requests = Pipe()
  private let answers = Pipe()
  private var buffer = Data()

  package init() throws {
    process.executableURL = URL(fileURLWithPath: PythonOracle.interpreter)
    process.arguments = ["-c", Self.script]
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
    process.standardInput = requests
    process.standardOutput = answers
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// The contents of several tables; a table that is not there has no rows.
  package func contents(_ home: String, _ tables: [String]) throws -> [Contents] {
    let answer = try ask(["op": "contents", "home": home, "tables": tables])
    return (answer["tables"] as? [[String: Any]] ?? []).map {
      Contents(rows: $0["rows"] as? Int ?? -1, digest: $0["digest"] as? String ?? "")
    }
  }

  /// How many rows tables have, by the summaries of their current snapshots.
  package func counts(_ home: String, _ tables: [String]) throws -> [Int] {
    try ask(["op": "counts", "home": home, "tables": tables])["counts"] as? [Int] ?? []
  }

  /// A few rows that only one of two homes has: for messages.
  package func difference(_ home: String, _ other: String, _ table: String) throws -> String {
    try ask(["op": "difference", "home": home, "other": other, "table": table])["text"] as? String ?? ""
  }

  /// How many different values a column has.
  package func distinct(_ home: String, _ table: String, _ column: String) throws -> Int {
    try ask(["op": "distinct", "home": home, "table": table, "column": column])["count"] as? Int ?? -1
  }

  /// For each metadata file of a table that a catalog has named, its name and the paths of all files that it needs.
  package func filesByMetadata(_ home: String, _ table: String) throws -> [String: [String]] {
    try ask(["op": "files", "home": home, "table": table])["files"] as? [String: [String]] ?? [:]
  }

  /// Whether somebody holds the catalog's write lock at this moment.
  package func isCatalogLocked(_ home: String) throws -> Bool {
    try ask(["op": "locked", "home": home])["locked"] as? Bool ?? false
  }

  /// Appends a copy of the first row, as another engine would.
  package func append(_ home: String, _ table: String) throws {
    _ = try ask(["op": "append", "home": home, "table": table])
  }

  /// Expires every snapshot but the current one.
  /// - Returns: how many snapshots are left.
  package func expire(_ home: String, _ table: String) throws -> Int {
    try ask(["op": "expire", "home": home, "table": table])["left"] as? Int ?? -1
  }

  private func ask(_ request: [String: Any]) throws -> [String: Any] {
    let line = try JSONSerialization.data(withJSONObject: request) + [UInt8(ascii: "\n")]
    try requests.fileHandleForWriting.write(contentsOf: line)
    while !buffer.contains(UInt8(ascii: "\n")) {
      let more = answers.fileHandleForReading.availableData
      guard !more.isEmpty else { throw Failed(description: "the oracle ended") }
      buffer += more
    }
    let parts = buffer.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    buffer = Data(parts[1])
    guard let answer = try JSONSerialization.jsonObject(with: Data(parts[0])) as? [String: Any] else {
      throw Failed(description: "the oracle's answer is no object")
    }
    if let error = answer["error"] as? String { throw Failed(description: error) }
    return answer
  }

  private static let script = """
    import hashlib, json, sys, traceback
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.exceptions import NoSuchTableError

    def catalog(home):
        return SqlCatalog("headrace", uri="sqlite:///" + home + "/catalog.db", warehouse="file://" + home + "/lake")

    def load(home, name):
        try: return catalog(home).load_table(name)
        except NoSuchTableError: return None

    def text(value):
        return value.hex() if isinstance(value, bytes) else str(value)

    def lines(home, name):
        table = load(home, name)
        if table is None: return []
        arrow = table.scan().to_arrow()
        arrow = arrow.select([n for n in arrow.column_names if n not in ("_ingested_at", "ingested_at")])
        return sorted(json.dumps(row, default=text, sort_keys=True) for row in arrow.to_pylist())

    def contents(r):
        found = [lines(r["home"], name) for name in r["tables"]]
        return {"tables": [{"rows": len(l), "digest": hashlib.sha256("\\n".join(l).encode()).hexdigest()} for l in found]}

    def counts(r):
        answer = []
        for name in r["tables"]:
            table = load(r["home"], name)
            snapshot = table.current_snapshot() if table else None
            answer.append(int(snapshot.summary["total-records"]) if snapshot else 0)
        return {"counts": answer}

    def difference(r):
        from collections import Counter
        one, two = (Counter(lines(h, r["table"])) for h in (r["home"], r["other"]))
        show = lambda c: "\\n".join(f"  {n}x {l}" for l, n in list(c.items())[:3])
        return {"text": f"only here ({sum((one - two).values())}):\\n{show(one - two)}\\n"
                        f"only there ({sum((two - one).values())}):\\n{show(two - one)}"}

    def distinct(r):
        arrow = load(r["home"], r["table"]).scan(selected_fields=(r["column"],)).to_arrow()
        return {"count": len(arrow[r["column"]].unique())}

    def files(r):
        from pyiceberg.table import StaticTable
        table = load(r["home"], r["table"])
        names = [entry.metadata_file for entry in table.metadata.metadata_log] + [table.metadata_location]
        answer = {}
        for name in names:
            static = StaticTable.from_metadata(name)
            needed = [name]
            snapshot = static.current_snapshot()
            if snapshot:
                needed.append(snapshot.manifest_list)
                for manifest in snapshot.manifests(static.io):
                    needed.append(manifest.manifest_path)
                    needed += [e.data_file.file_path for e in manifest.fetch_manifest_entry(static.io)]
            answer[name.rsplit("/", 1)[1]] = [n.removeprefix("file://") for n in needed]
        return {"files": answer}

    def locked(r):
        import sqlite3
        connection = sqlite3.connect(r["home"] + "/catalog.db", timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            return {"locked": False}
        except sqlite3.OperationalError:
            return {"locked": True}
        finally:
            connection.close()

    def append(r):
        table = load(r["home"], r["table"])
        table.append(table.scan().to_arrow().slice(0, 1))
        return {}

    def expire(r):
        table = load(r["home"], r["table"])
        old = [s.snapshot_id for s in table.snapshots() if s.snapshot_id != table.current_snapshot().snapshot_id]
        table.maintenance.expire_snapshots().by_ids(old).commit()
        return {"left": len(load(r["home"], r["table"]).snapshots())}

    for request in sys.stdin:
        try:
            request = json.loads(request)
            answer = globals()[request["op"]](request)
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)
    """
}
