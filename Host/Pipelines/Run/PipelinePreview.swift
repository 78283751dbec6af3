package import HostFormats
import HostGate
import HostLake
package import HostModel
package import HostPluginCalls
import HostPluginRuntime

/// Reads and transforms the first rows of each stream, and commits nothing.
package struct PipelinePreview {
  package struct Stream: Sendable {
    package var plan: StreamPlan
    package var schema: Schema
    package var rows: [AnswerRow] = []
    package var rejects: [Reject] = []

    package var json: JSONValue {
      .object([
        "stream": .string(plan.id.stream), "table": .string(plan.table.description),
        "rows": .array(rows.map { $0.json(schema) }),
        "dead_letters": .array(
          rejects.map { .object(["place": .string($0.place), "reason": .string($0.reason)]) }),
      ])
    }
  }

  private let host: PipelineHost
  private let plan: PipelinePlan
  private let origin: CallOrigin
  private let cancellation = Cancellation()

  package init(_ host: PipelineHost, _ plan: PipelinePlan) {
    self.host = host
    self.plan = plan
    origin = CallOrigin(tenant: host.tenant, sourceID: plan.file.sourceID, pipeline: plan.file.name)
  }

  package func streams(rows: Int) throws(Failure) -> [Stream] {
    var previews: [Stream] = []
    for stream in plan.streams { previews.append(try preview(stream, rows: rows)) }
    return previews
  }

  private func preview(_ stream: StreamPlan, rows: Int) throws(Failure) -> Stream {
    let source = try SourceInstance(
      plan.source.plugin, config: plan.source.configText,
      context: plan.source.context(host, origin: origin, cancellation: cancellation, lane: nil), host: host.services)
    let chain = try TransformChain(
      stream, host, origin: origin, cancellation: cancellation, lane: nil, whenTakenBack: { _, _ in })
    // As if nothing had been read: a preview shows what a first run would commit.
    let splits = try source.splits(
      of: stream.id.stream, read: stream.read.sourceRead, known: [], splitBytes: host.limits.splitBytes)
    let stored = stream.stored(plan.file.destination.metadataColumns)
    var preview = Stream(plan: stream, schema: stored)
    let fitting = StoredBatch(
      columns: stream.output, stored: stored, metadata: plan.file.destination.metadataColumns,
      sourceID: plan.file.sourceID, ingestedAt: host.clock.wallTime())
    for split in splits.splits where preview.rows.count < rows {
      let reader = try source.open(
        SplitRequest(
          split: split, stream: stream.id.stream, read: stream.read.sourceRead, position: nil,
          batchBytes: host.limits.batchBytes, batchRows: max(rows, 100)))
      try read(reader, chain, fitting, into: &preview, rows: rows)
    }
    return preview
  }

  private func read(
    _ reader: SourceReader, _ chain: TransformChain, _ fitting: StoredBatch, into preview: inout Stream, rows: Int
  ) throws(Failure) {
    while preview.rows.count < rows, let batch = try reader.read() {
      var letters = batch.rejects.map { DeadLetter(stage: .source, plugin: plan.source.name, reject: $0) }
      for part in try chain.apply(batch.takeRows(), &letters) ?? [] {
        Self.append(fitting.fitted(part.take()), to: &preview, rows: rows)
      }
      preview.rejects += letters.map(\.reject).prefix(max(0, 100 - preview.rejects.count))
    }
  }

  private static func append(_ batch: borrowing RecordBatch, to preview: inout Stream, rows: Int) {
    let schema = preview.schema
    let count = min(batch.rowCount, rows - preview.rows.count)
    let read = batch.withArray { array in
      let cells = ArrowCells.columns(of: array, schema)
      return (0..<max(0, count)).map { row in
        AnswerRow(texts: cells.map { $0.text(row) }, values: cells.map { $0.json(row) })
      }
    }
    preview.rows += read
  }
}
