import HostFormats
import HostLake
import HostModel
import Testing

@testable import HostPipelines

@Suite struct StreamMemoryTests {
  @Test func whatIsRememberedComesBack() throws {
    var memory = StreamMemory()
    #expect(memory.text == nil)
    memory.rows = 7
    memory.detectors = ["0:threshold": [], "1:statistical": [0, 255]]
    #expect(StreamMemory(text: try #require(memory.text)) == memory)
    memory.rows = 0
    #expect(StreamMemory(text: try #require(memory.text)) == memory)
  }

  @Test func aTablesPropertiesAreReadByStage() throws {
    let stream = StreamID(pipeline: "p", stream: "s")
    var memory = StreamMemory()
    memory.rows = 3
    var metadata = try RowSamples.table(Schema([Field("id", .integer(bits: 64))]))
    metadata.properties[StreamMemory.property(stream, staged: true)] = memory.text
    #expect(try StreamMemory(metadata, stream, staged: true) == memory)
    #expect(try StreamMemory(metadata, stream, staged: false) == StreamMemory())
  }

  @Test(arguments: [
    "", "{}", "{\"rows\":\"x\",\"detectors\":{}}", "{\"rows\":\"1\"}",
    "{\"rows\":\"1\",\"detectors\":{\"0:d\":\"not base64!\"}}", "{\"rows\":\"1\",\"detectors\":{\"0:d\":5}}",
  ])
  func damageIsToldAndNotForgotten(_ text: String) throws {
    let stream = StreamID(pipeline: "p", stream: "s")
    var metadata = try RowSamples.table(Schema([Field("id", .integer(bits: 64))]))
    metadata.properties[StreamMemory.property(stream, staged: false)] = text
    let failure = #expect(throws: Failure.self) { try StreamMemory(metadata, stream, staged: false) }
    #expect(failure?.message.contains("headrace.state.p.s") == true)
  }
}

@Suite struct RunMarkTests {
  @Test func aTableWithoutAMarkIsBetweenRuns() {
    #expect(RunMark.number(StreamPositions()) == 0)
    #expect(RunMark.isFinished(StreamPositions()))
  }

  @Test func numberAndEndComeBackThroughTheTable() throws {
    let stream = StreamID(pipeline: "p", stream: "s")
    for number in [1, 2, 1000] as [UInt64] {
      for isFinished in [false, true] {
        let positions = StreamPositions([RunMark.split: RunMark.position(number: number, isFinished: isFinished)])
        var metadata = try RowSamples.table(Schema([Field("id", .integer(bits: 64))]))
        metadata.properties[StreamPositions.property(stream)] = positions.text
        let read = try StreamPositions(metadata, stream)
        #expect(RunMark.number(read) == number)
        #expect(RunMark.isFinished(read) == isFinished)
      }
    }
  }

  @Test func everyStepOfARunMovesTheOrdinal() {
    let steps = (1...3).flatMap { number in
      [false, true].map { RunMark.position(number: UInt64(number), isFinished: $0).ordinal }
    }
    #expect(steps == steps.sorted() && Set(steps).count == 6 && steps[0] > 0)
  }
}
