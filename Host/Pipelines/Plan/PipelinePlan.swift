package import HostFormats
package import HostModel
package import HostPluginCalls
package import HostPluginRuntime

/// A stream of a pipeline, with everything decided that can be decided before rows move.
package struct StreamPlan: Sendable {
  package var id: StreamID
  package var discovered: DiscoveredStream
  package var table: TableName
  package var read: ReadMode
  package var write: WriteMode
  package var partition: [PartitionExpression]
  package var transforms: [PlannedStage]
  package var detectors: [PlannedStage]
  /// The columns after each transform; the source's first.
  package var schemas: [Schema]
  package var rule: StreamRule

  /// The columns that the last transform gives.
  package var output: Schema { schemas[schemas.count - 1] }

  /// The columns of the table's files: the output as the lake stores it, and the metadata columns.
  package func stored(_ metadata: [DestinationSection.MetadataColumn]) -> Schema {
    Schema(output.asStored + metadata.map(\.field))
  }
}

extension Schema {
  /// The columns as the lake stores them, without ids.
  var asStored: [Field] { IcebergSchema(self).batchSchema.fields.map(\.withoutIDs) }
}

extension Field {
  fileprivate var withoutIDs: Field { Field(name, type, nullable: isNullable, doc: doc) }
}

extension DestinationSection.MetadataColumn {
  var field: Field {
    switch self {
    case .sourceID: Field(columnName, .integer(bits: 64), nullable: false)
    case .ingestedAt: Field(columnName, .timestamp(zoned: true), nullable: false)
    }
  }
}

/// A pipeline that can be run.
package struct PipelinePlan: Sendable {
  package var file: PipelineFile
  package var source: PlannedStage
  package var format: PlannedStage
  package var streams: [StreamPlan]
  /// What the user should know, and what is only a warning.
  package var warnings: [Diagnostic]
}

extension StreamPlan {
  /// Whether an interrupted run begins again from nothing, because the source's positions do not outlive it.
  var isReadAnew: Bool { discovered.isUnstable && read == .full }
}
