import HostModel
import HostPluginCalls
import HostSystem
import Testing

/// A format that goes wrong is told in the same words, wherever its code runs.
@Suite struct FormatFaultTests {
  private struct World {
    let folder: TestFolder
    let host: RealHost
    let format: FormatInstance

    init(_ place: Place, _ script: String) throws {
      folder = try TestFolder()
      host = RealHost(folder)
      let library = try ScriptedLibrary(in: folder)
      format = try FormatInstance(
        library.plugin(in: place), config: #"{"script": {\#(script)}}"#, context: host.context(), host: host.services)
    }
  }

  @Test(arguments: Place.allCases) func aFormatThatOpensNoWriterIsTold(_ place: Place) throws {
    let world = try World(place, #""open_writer": ["ok nothing"]"#)
    let upload = RecordingUpload()
    let told = failure { _ = try world.format.makeWriter(ExportedSchema(numbers), into: upload) }
    #expect(told?.status == .fatal && told?.message.contains("opened no writer") == true, "\(String(describing: told))")
    #expect(upload.isAborted)
  }

  /// Also where the plugin makes a success of it: bytes would be missing in the file.
  @Test(arguments: Place.allCases, ["ok nowhere", "ok nowhere swallow"])
  func bytesFromNowhereAreTold(_ place: Place, _ step: String) throws {
    let world = try World(place, #""write": ["\#(step)"]"#)
    let writer = try world.format.makeWriter(ExportedSchema(numbers), into: RecordingUpload())
    let told = failure { _ = try writer.write(numbersBatch(rows: 3), rows: nil) }
    #expect(told?.message.contains("it wrote 2 bytes from nowhere") == true, "\(String(describing: told))")
  }

  /// What a format has written of a file nobody can go on from; the next file is another worker's.
  @Test(arguments: [("write", "segv", "SIGSEGV"), ("finish_writer", "exit", "exit code")])
  func aFileEndsWithItsWorkerAndThatIsTold(_ function: String, _ how: String, _ what: String) throws {
    let world = try World(.worker, "\"\(function)\": [\"die=\(how)\"]")
    let upload = RecordingUpload()
    let told = failure {
      let writer = try world.format.makeWriter(ExportedSchema(numbers), into: upload)
      _ = try writer.write(numbersBatch(rows: 3), rows: nil)
      _ = try writer.finish()
    }
    let lost = "; the file that it was writing is given up, and none of its rows is in the lake"
    #expect(told?.status == .crashed && told?.message.hasSuffix(lost) == true, "\(told as Any)")
    #expect(told?.message.contains(what) == true && told?.advice?.hasPrefix("run again: ") == true, "\(told as Any)")
    #expect(upload.isAborted && !upload.isFinished)
    #expect(world.format.isUsable)
  }

  @Test(arguments: Place.allCases, ["ok", "ok swallow"])
  func aFullDiskIsToldWhateverTheFormatMakesOfIt(_ place: Place, _ step: String) throws {
    let world = try World(place, #""write": ["\#(step)"]"#)
    let upload = RecordingUpload()
    let writer = try world.format.makeWriter(ExportedSchema(numbers), into: upload)
    upload.failure = Failure(
      .environment, "lake/a.txt: cannot write to it: No space left on device", status: .quotaExhausted)
    let told = failure { _ = try writer.write(numbersBatch(rows: 3), rows: nil) }
    #expect(told?.kind == .environment && told?.message == upload.failure?.message, "\(String(describing: told))")
    #expect(failure { _ = try writer.finish() } != nil && !upload.isFinished)
  }
}
