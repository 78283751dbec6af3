package import HostFormats
package import HostLake
package import HostModel

/// How far the streams of a pipeline were read: what their tables say, wherever they are.
package struct PipelineState {
  private let lake: Lake

  package init(_ lake: Lake) { self.lake = lake }

  package struct Stream: Sendable {
    package var name: String
    package var table: TableName
    package var positions: StreamPositions
    package var isStaged: Bool
  }

  /// Finds the streams by the table properties: a stream that is no longer in the file is found too.
  package func streams(of pipeline: String) throws(Failure) -> [Stream] {
    let prefix = StreamPositions.property(StreamID(pipeline: pipeline, stream: ""))
    var found: [Stream] = []
    for name in try lake.tables().sorted() {
      guard let table = try lake.load(name) else { continue }
      for property in table.metadata.properties.keys.sorted() where property.hasPrefix(prefix) {
        let stream = StreamID(pipeline: pipeline, stream: String(property.dropFirst(prefix.count)))
        found.append(
          Stream(
            name: stream.stream, table: name, positions: try table.positions(of: stream),
            isStaged: table.hasStagedRows(of: stream)))
      }
    }
    return found
  }

  /// Forgets positions, what detectors have learnt, and rows that were staged and never published.
  ///
  /// - Returns: the streams that had something to forget.
  package func reset(_ pipeline: String, stream only: String?) throws(Failure) -> [String] {
    var forgotten: [String] = []
    for state in try streams(of: pipeline) where only == nil || only == state.name {
      let stream = StreamID(pipeline: pipeline, stream: state.name)
      var commits = [
        TableCommit(
          state.table, state.isStaged ? .discard : .none, stream: stream, expectedOrdinals: state.positions.ordinals,
          positions: StreamPositions(),
          properties: [
            StreamMemory.property(stream, staged: false): nil, StreamMemory.property(stream, staged: true): nil,
          ])
      ]
      for kind in [SiblingTable.deadLetters, .findings] {
        let name = kind.name(of: state.table)
        guard let sibling = try lake.load(name), sibling.hasStagedRows(of: stream) else { continue }
        commits.append(TableCommit(name, .discard, stream: stream))
      }
      guard case .committed = try lake.commit(commits) else {
        throw Failure(
          .run, "the pipeline '\(pipeline)' is running and has just written '\(state.name)'",
          advice: "wait for its end, then reset", status: .conflict)
      }
      forgotten.append(state.name)
    }
    if let only, forgotten.isEmpty {
      let known = try streams(of: pipeline).map(\.name)
      throw Failure(
        .invalidInput, "nothing is known of a stream '\(only)'",
        advice: EditDistance.suggestion(for: only, among: known), status: .notFound)
    }
    return forgotten
  }
}

extension PipelineState.Stream {
  private var splits: [(key: String, value: SplitPosition)] {
    positions.splits.filter { $0.key != RunMark.split }.sorted { $0.key < $1.key }
  }

  private var run: String {
    let number = RunMark.number(positions)
    return RunMark.isFinished(positions) ? "run \(number) finished" : "run \(number) was interrupted"
  }

  package var text: String {
    var lines = ["\(name) -> \(table): \(run)" + (isStaged ? ", rows are staged" : "")]
    lines += splits.map { split, position in
      "  \(split): ordinal \(position.ordinal)\(position.isComplete ? ", complete" : "")"
    }
    return lines.joined(separator: "\n") + "\n"
  }

  package var json: JSONValue {
    .object([
      "name": .string(name), "table": .string(table.description), "run": .string(String(RunMark.number(positions))),
      "finished": .bool(RunMark.isFinished(positions)), "staged": .bool(isStaged),
      "splits": .array(
        splits.map { split, position in
          .object([
            "split": .string(split), "ordinal": .string(String(position.ordinal)),
            "identity": .string(position.identity), "complete": .bool(position.isComplete),
          ])
        }),
    ])
  }
}
