import HostFormats
import HostModel
package import HostPluginCalls

/// A pipeline file to be written: what is read, and the text that says so with comments for whoever goes on from there.
package struct PipelineDraft: Sendable {
  package enum Origin: Sendable, Equatable {
    /// - path: as the file has to say it; shown: as the user said it.
    case files(path: String, shown: String)
    /// - endpoint: host, port and database, without credentials.
    case postgres(endpoint: String)
    /// Nothing was looked at: the file is an example to be changed.
    case template
  }

  package let name: String
  package let origin: Origin
  package let streams: [DiscoveredStream]

  package init(name: String, origin: Origin, streams: [DiscoveredStream] = []) {
    self.name = name
    self.origin = origin
    self.streams = streams
  }

  /// The environment variable that the file takes the connection string from; nil if it needs none.
  package var variable: String? {
    guard case .postgres = origin else { return nil }
    let upper = name.uppercased().map { $0 == "-" ? "_" : $0 }
    return (upper.first?.isNumber == true ? "P" : "") + String(upper) + "_DSN"
  }

  /// What to set the variable to, with places for what is not shown.
  package var exportLine: String? {
    guard let variable, case .postgres(let endpoint) = origin else { return nil }
    let shown = endpoint.contains("/") ? endpoint : "HOST:5432/DATABASE"
    return "export \(variable)='postgres://USER:PASSWORD@\(DraftText.comment(shown))'"
  }

  /// The whole file.
  package var text: String {
    var lines = heading + ["version: 1", "pipeline: \(DraftText.scalar(name))", ""]
    lines += source + ["  streams:"] + streamLines + [""]
    lines += Self.stages + [""] + destination + [""] + Self.errors
    return lines.joined(separator: "\n") + "\n"
  }

  private var heading: [String] {
    let made =
      switch origin {
      case .files(_, let shown): "# Written by 'headrace init' from \(DraftText.comment(shown))."
      case .postgres(let endpoint): "# Written by 'headrace init' from the database at \(DraftText.comment(endpoint))."
      case .template: "# Written by 'headrace init': an example to change. With --from it would look at your data."
      }
    return [
      made, "# 'headrace validate' checks this file, 'headrace preview' shows rows, 'headrace run' moves them.",
      "# Positions are kept under the pipeline's name: under another name it begins anew.",
    ]
  }

  // MARK: Source

  private var source: [String] {
    switch origin {
    case .files(let path, _): fileSource(path)
    case .template: fileSource("data/*.csv")
    case .postgres:
      [
        "source:", "  plugin: postgres", "  config:",
        "    # The connection string may hold a password and is not kept here. Before a run:",
        "    #   \(exportLine ?? "")", "    dsn: \"${env:\(variable ?? "")}\"",
      ]
    }
  }

  private func fileSource(_ path: String) -> [String] {
    var lines = [
      "source:", "  plugin: file", "  config:",
      "    # From this file's folder. Every file is read once; a later run reads what is new.",
      "    path: \(DraftText.scalar(path, quoted: true))",
    ]
    guard let fields = streams.first?.schema.fields, !fields.isEmpty else { return lines }
    lines += [
      "    # The types are found in the first rows. To fix them, take the marks of comment away; a value that does not",
      "    # fit is then a dead letter.", "    # schema:",
    ]
    lines += fields.map { "    #   \(DraftText.scalar($0.name)): \(DraftText.scalar("\($0.type)"))" }
    return lines
  }

  // MARK: Streams

  private var streamLines: [String] {
    if case .template = origin {
      return [
        "    - name: data                   # files of one stream have the same columns",
        "      # Hidden partitioning: readers filter by the column and need not know.",
        "      # partition: [\"day(created_at)\"]",
      ]
    }
    return streams.flatMap(lines)
  }

  private func lines(_ stream: DiscoveredStream) -> [String] {
    let isReadable = !stream.notes.contains { $0.contains("may not read") }
    var lines = ["- name: \(DraftText.scalar(stream.name))" + "   # " + summary(stream)]
    if case .postgres = origin {
      lines += stream.notes.filter { $0.hasPrefix("no key") || !isReadable }.map { "  # " + DraftText.comment($0) }
    } else {
      lines += stream.notes.map { "  # " + DraftText.comment($0) }
    }
    if let table = tables[stream.name] { lines.append("  table: \(DraftText.scalar(table))") }
    if let column = Self.moment(stream.schema) { lines.append("  # partition: [\"day(\(column))\"]") }
    return lines.map { "    " + (isReadable ? $0 : "# " + $0) }
  }

  private func summary(_ stream: DiscoveredStream) -> String {
    var parts = [stream.schema.fields.count == 1 ? "1 column" : "\(stream.schema.fields.count) columns"]
    if !stream.key.isEmpty { parts.append("key " + stream.key.map(DraftText.comment).joined(separator: ", ")) }
    if let rows = stream.estimatedRows { parts.append("about \(rows) rows") }
    return parts.joined(separator: ", ")
  }

  /// A column to partition by: the first with a day.
  private static func moment(_ schema: Schema) -> String? {
    schema.fields.first { field in
      switch field.type {
      case .timestamp, .date: DraftText.isPlainName(field.name)
      default: false
      }
    }?.name
  }

  // MARK: The rest

  private static let stages = [
    "# Between source and table, in this order. See also 'headrace plugins list'.",
    "# transforms:", "#   - plugin: map", "#     config: {rename: {old_name: new_name}, drop: [unwanted]}",
    "#   - plugin: sql", "#     config: {query: \"SELECT * FROM input WHERE status <> 'cancelled'\"}",
    "# detectors:", "#   - plugin: statistical", "#     config: {columns: [amount]}",
  ]

  private var destination: [String] {
    switch origin {
    case .files, .template:
      ["destination:", "  table: \"bronze.{stream.name}\"", "  write: append"]
    case .postgres:
      [
        "destination:", "  table: \"bronze.{stream.schema}_{stream.name}\"",
        "  # Every run reads the tables whole and puts them in the place of what was there.", "  write: replace",
      ]
    }
  }

  private static let errors = [
    "# A wrong record is kept with its reason in TABLE__dead_letters. More of them than this fail the run.",
    "on_error: {record: dead_letter, max: 0.1%, then: fail}",
  ]

  /// Tables of their own, for streams whose names come to the same table as another's or to none.
  private var tables: [String: String] {
    guard case .postgres = origin else { return [:] }
    var taken: Set<String> = []
    var own: [String: String] = [:]
    for stream in streams {
      let wanted = "bronze." + DraftText.tablePart(stream.name)
      var table = wanted
      var number = 2
      while !taken.insert(table.lowercased()).inserted {
        table = "\(wanted)_\(number)"
        number += 1
      }
      if table != wanted { own[stream.name] = table }
    }
    return own
  }
}
