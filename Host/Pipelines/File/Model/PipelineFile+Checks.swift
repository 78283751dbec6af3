import HostFormats
import HostModel

extension PipelineFile {
  /// What can only be seen by looking at several sections.
  func checkTogether(_ fields: inout YAMLRecordDecoder) {
    checkTables(&fields)
    checkModes(&fields)
    for transform in transforms { checkStreams(transform.streams, &fields) }
    for detector in detectors { checkStreams(detector.streams, &fields) }
  }

  private func checkTables(_ fields: inout YAMLRecordDecoder) {
    let needsDefault = source.streams.isEmpty || source.streams.contains { $0.table == nil }
    guard let table = destination.table else {
      if needsDefault, fields.has("destination"), fields.value("destination")?["table"] == nil {
        fields.refuse(
          "destination", "missing 'table': a table such as bronze.orders",
          suggestion: "or give every stream its own 'table'")
      }
      return refuseSharedTables(&fields)
    }
    let users = source.streams.filter { $0.table == nil }
    let isMany = source.streams.isEmpty ? false : users.count > 1 || users.contains { !$0.name.value.isExact }
    if isMany, table.value.isConstant {
      fields.refuse(
        at: table.place, "several streams would be written to the table \(table.shown(table.value.text))",
        suggestion: "use {stream.name} in the table's name")
    }
    refuseSharedTables(&fields)
  }

  /// Two streams that replace one table would erase each other; two that append to it would mix their rows.
  private func refuseSharedTables(_ fields: inout YAMLRecordDecoder) {
    var owners: [TableName: Placed<StreamPattern>] = [:]
    for rule in source.streams where rule.name.value.isExact {
      guard let template = rule.table ?? destination.table else { continue }
      let stream = StreamID(pipeline: name, stream: rule.name.value.text)
      do throws(TableTemplate.Mistake) {
        let table = try template.value.table(for: stream)
        // Tables are told apart without case, as some file systems tell folders apart.
        let folded = TableName(namespace: table.namespace.lowercased(), name: table.name.lowercased())
        let isReported = rule.table == nil && template.value.isConstant
        if let owner = owners[folded], owner.value != rule.name.value, !isReported {
          let isSecret = template.isSecret || rule.name.isSecret
          let named = Placed(table, at: template.place, isSecret: isSecret).shown(table.description)
          fields.refuse(
            at: rule.table?.place ?? rule.name.place,
            "the table \(named) is already that of the stream \(owner.shown(owner.value.text))")
        }
        owners[folded] = rule.name
      } catch {
        let isSecret = template.isSecret || rule.name.isSecret
        fields.refuse(
          at: rule.table?.place ?? rule.name.place,
          isSecret ? "the name that is not shown makes no table's name" : error.message,
          suggestion: isSecret ? nil : error.suggestion)
      }
    }
  }

  private func checkModes(_ fields: inout YAMLRecordDecoder) {
    var reported: Set<SourcePlace> = []
    for rule in source.streams {
      // What a stream is unless stated depends on the plugin; here only what the file states can be wrong.
      guard rule.read != nil || source.plugin.value == "file" else { continue }
      guard rule.read?.value != .incremental, (rule.write ?? destination.write)?.value != .upsert else { continue }
      let (_, diagnostics) = rule.modes(filesByDefault: source.plugin.value == "file", destination: destination.write)
      for diagnostic in diagnostics where reported.insert(diagnostic.place).inserted {
        fields.refuse(at: diagnostic.place, diagnostic.message, suggestion: diagnostic.suggestion)
      }
    }
  }

  /// A stage for a stream that is not read is a typing mistake. Patterns are left to the plan, which knows all streams.
  private func checkStreams(_ patterns: [Placed<StreamPattern>], _ fields: inout YAMLRecordDecoder) {
    let names = source.streams.map(\.name.value)
    let visible = source.streams.filter { !$0.name.isSecret }.map(\.name.value.text)
    guard !names.isEmpty, names.allSatisfy(\.isExact) else { return }
    for pattern in patterns where !names.contains(where: { pattern.value.matches($0.text) }) {
      fields.refuse(
        at: pattern.place, "no stream of the source matches \(pattern.shown(pattern.value.text))",
        suggestion: pattern.isSecret ? nil : EditDistance.suggestion(for: pattern.value.text, among: visible))
    }
  }
}
