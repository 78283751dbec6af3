import HostModel
import HostPluginCalls
import HostSystem
import Testing

@Suite struct OtherKindsTests {
  @Test func transformHandsRowsOnAndNamesTheRejectedOnes() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let transform = try host.transform(library, #"{"script": {"apply": ["ok rejects=2"]}}"#)
    #expect(transform.output == numbers && transform.allowsPassThrough)
    switch transform.apply(numbersBatch(rows: 5)) {
    case .transformed(let made):
      #expect(made.rows.int64Values(0) == [2, 3, 4])
      #expect(made.rejects.map(\.row) == [0, 1] && made.rejects[0].reason == "column 'id': the script refuses it")
      #expect(made.rejects[0].record == Array("raw".utf8) && made.rejects[0].place == "script:1")
    case .failed(_, let failure): throw failure
    }
  }

  @Test func failedTransformLeavesTheBatchIntact() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let transform = try host.transform(library, #"{"script": {"apply": ["bad_record message=twelve"]}}"#)
    guard case .failed(let batch?, let failure) = transform.apply(numbersBatch(rows: 4)) else {
      throw TestFailure("it succeeded, or took the batch")
    }
    #expect(failure.status == .badRecord && batch.int64Values(0) == [0, 1, 2, 3])
    // The very batch can be given again.
    guard case .transformed(let made) = transform.apply(batch) else { throw TestFailure("it failed") }
    #expect(made.rows.int64Values(0) == [0, 1, 2, 3])
  }

  /// Its rows may be freed: neither are they halved, nor is it asked again with them.
  @Test(arguments: ["bad_record", "transient", "end_of_stream"])
  func transformThatTakesItsRowsAndFailsIsNotCalledAgain(status: String) throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let transform = try host.transform(library, #"{"script": {"apply": ["\#(status) message=twelve take"]}}"#)
    guard case .failed(nil, let failure) = transform.apply(numbersBatch(rows: 4)) else {
      throw TestFailure("the rows are still there")
    }
    let what = "it took its input and returned \(status), with which the input stays the host's"
    #expect(failure.status == .fatal && failure.message.contains(what), "\(failure)")
    #expect(status == "end_of_stream" || failure.message.contains("twelve"), "\(failure)")
    #expect(host.dependency.metrics().counters.retries == 0 && !transform.isUsable)
  }

  @Test func transientTransformFailureIsRepeatedWithTheSameBatch() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let transform = try host.transform(library, #"{"script": {"apply": ["transient", "ok copy"]}}"#)
    guard case .transformed(let made) = transform.apply(numbersBatch(rows: 3)) else { throw TestFailure("it failed") }
    #expect(made.rows.int64Values(0) == [0, 1, 2])
    #expect(host.dependency.metrics().counters.retries == 1)
  }

  @Test func rejectOfARowThatIsNotThereIsRefused() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let transform = try host.transform(library, #"{"script": {"apply": ["ok rejects=1 malform=reject_row"]}}"#)
    guard case .failed(_, let failure) = transform.apply(numbersBatch(rows: 3)) else { throw TestFailure("no failure") }
    #expect(
      failure.message == "plugin 'scripted': apply: it returned a reject of row 1000000 of a batch of 3")
  }

  @Test func detectorReportsLearnsSavesAndRestores() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let detector = try host.detector(
      library, #"{"script": {"inspect": ["ok findings=2 row=1", "ok findings=1"], "finish": ["ok findings=1"]}}"#)
    let batch = numbersBatch(rows: 3)
    let findings = try detector.inspect(batch)
    #expect(findings.count == 2 && findings[0].row == 1 && findings[0].column == "id")
    #expect(findings[0].severity == .warning && findings[0].observed == 9 && findings[0].expected == 1)
    #expect(try detector.inspect(batch)[0].row == nil)
    #expect(try detector.finish(rows: 6, at: WallTime(microseconds: 0)).count == 1)
    let state = try detector.save()
    #expect(state == [2, 0, 0, 0, 0, 0, 0, 0])
    let other = try host.detector(library, "{}")
    try other.restore(state ?? [])
    #expect(try other.save() == state)
    #expect(library.count("lists") == library.count("lists_released"))
    #expect(batch.int64Values(0) == [0, 1, 2])
  }

  @Test(arguments: [
    ("findings=1 row=3", "it returned a finding about row 3 of a batch of 3"),
    ("findings=1 struct_size=9", "it returned findings whose struct_size is 9 instead of 88"),
  ])
  func brokenFindingIsRefused(_ step: String, _ what: String) throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let detector = try host.detector(library, #"{"script": {"inspect": ["ok \#(step)"]}}"#)
    let batch = numbersBatch(rows: 3)
    #expect(failure { _ = try detector.inspect(batch) }?.message == "plugin 'scripted': inspect: \(what)")
    #expect(library.count("lists_released") == 1)
  }

  @Test func savedStateThatIsNotThereIsRefused() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let detector = try host.detector(library, #"{"script": {"save": ["ok nothing"]}}"#)
    #expect(failure { _ = try detector.save() }?.status == .fatal)
    #expect(library.count("lists_released") == 1)
  }

  @Test func formatWritesThroughTheUploadAndSummarises() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let format = try host.format(library, "{}")
    #expect(format.fileExtension == "txt" && format.icebergName == "TEXT")
    let upload = RecordingUpload()
    let writer = try format.makeWriter(ExportedSchema(numbers), into: upload)
    #expect(try writer.write(numbersBatch(rows: 3), rows: nil) == 2)
    #expect(try writer.write(numbersBatch(rows: 9), rows: [0, 8]) == 4)
    let summary = try writer.finish()
    #expect(summary.recordCount == 5 && summary.fileBytes == 4 && summary.columns.map(\.fieldID) == [1])
    #expect(summary.columns[0].nanCount == nil && upload.bytes == Array("3\n2\n".utf8) && upload.isFinished)
    #expect(library.count("writers") == 1 && library.count("writers_closed") == 1)
  }

  /// Two of the first would not even add up.
  @Test(arguments: [Int64.max, 3, -1], Place.allCases)
  func aFileOfAnotherLengthThanItIsSaidToHaveIsRefused(bytes: Int64, place: Place) throws {
    let folder = try TestFolder()
    let host = RealHost(folder)
    let library = try ScriptedLibrary(in: folder)
    let upload = RecordingUpload()
    let format = try FormatInstance(
      library.plugin(in: place), config: #"{"script": {"finish_writer": ["ok file_bytes=\#(bytes)"]}}"#,
      context: host.context(), host: host.services)
    let writer = try format.makeWriter(ExportedSchema(numbers), into: upload)
    _ = try writer.write(numbersBatch(rows: 3), rows: nil)
    let told = failure { _ = try writer.finish() }
    #expect(told?.status == .fatal && told?.message.contains("'file_bytes' of \(bytes); it wrote 2") == true)
    #expect(!upload.isFinished && !format.isUsable)
  }

  @Test func failureOfTheUploadIsToldInsteadOfItsEcho() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let upload = RecordingUpload()
    upload.failure = Failure(
      .environment, "lake/a.txt: cannot write to it: No space left on device", status: .transient)
    let writer = try host.format(library, "{}").makeWriter(ExportedSchema(numbers), into: upload)
    let told = failure { _ = try writer.write(numbersBatch(rows: 3), rows: nil) }
    #expect(told?.message == "lake/a.txt: cannot write to it: No space left on device" && told?.kind == .environment)
    writer.abort()
    #expect(upload.isAborted && library.count("writers_closed") == 1)
  }

  @Test func failedFinishFreesTheWriterAndGivesTheObjectUp() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let upload = RecordingUpload()
    do {
      let writer = try host.format(library, #"{"script": {"finish_writer": ["fatal"]}}"#)
        .makeWriter(ExportedSchema(numbers), into: upload)
      #expect(failure { _ = try writer.finish() }?.status == .fatal)
    }
    #expect(upload.isAborted && !upload.isFinished && library.count("writers_closed") == 1)
  }

  @Test func kindThatThePluginIsNotIsRefused() throws {
    let host = try TestHost()
    let library = try ScriptedLibrary(in: host.folder)
    let told = failure {
      _ = try QueryInstance(library.plugin, config: "{}", context: host.context(), host: host.services)
    }
    #expect(
      told?.message == "plugin 'scripted' is not a query: it is detector, format, llm, source, transform")
  }
}
