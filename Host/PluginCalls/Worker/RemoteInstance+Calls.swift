import CArrow
import CHeadrace
import HostModel

/// The functions of the kinds, as stub tables have them: arguments become the payload of a call, and what comes back becomes
/// the structures that the ABI promises.
extension RemoteInstance {
  typealias Call = UnsafePointer<headrace_call>?
  typealias Problem = UnsafeMutablePointer<headrace_error>?

  /// What a success brings. A result that cannot be read, or has more to say than it should, is the end of the instance, and of its
  /// worker with it.
  ///
  /// - Parameters:
  ///   - read: takes the result out of its frame.
  ///   - handOver: gives it to the caller, once all of the frame was read: a caller that is told of a failure releases nothing.
  func conclude<R>(
    _ answer: Answer, _ error: Problem, read: (inout WireReader) throws(Failure) -> R, handOver: (R) -> Void
  ) -> headrace_status {
    switch answer {
    case .ended(let status): return status
    case .done(var reader):
      do throws(Failure) {
        let result = try read(&reader)
        try reader.finish()
        handOver(result)
        return HEADRACE_OK
      } catch let failure {
        discardWorker()
        fill(error, failure)
        return (failure.status ?? .fatal).rawValue
      }
    }
  }

  /// The same for a success that brings nothing.
  func conclude(_ answer: Answer, _ error: Problem) -> headrace_status {
    conclude(answer, error) { (_) throws(Failure) in
    } handOver: {
    }
  }

  /// Starts a worker with the instance in it.
  func start(_ call: Call, _ error: Problem) -> headrace_status {
    conclude(ready(call, error), error)
  }

  // MARK: Source

  func discover(
    _ call: Call, _ patterns: UnsafePointer<headrace_string>?, _ count: UInt64,
    _ out: UnsafeMutablePointer<headrace_stream_list>?, _ error: Problem
  ) -> headrace_status {
    let names = (0..<Int(count)).compactMap { index in patterns.map { String($0[index]) } }
    let answer = perform(.discover, call, error) { writer in writer.put(list: names) { $0.put($1) } }
    return conclude(answer, error) { (reader) throws(Failure) in
      try reader.list { (reader) throws(Failure) in try reader.stream() }
    } handOver: { streams in
      out.map { Lent.fill($0, streams) }
    }
  }

  func splits(
    _ call: Call, _ request: UnsafePointer<headrace_split_request>?,
    _ out: UnsafeMutablePointer<headrace_split_list>?, _ error: Problem
  ) -> headrace_status {
    guard let request = request?.pointee, let out else { return HEADRACE_FATAL }
    let answer = perform(.splits, call, error) { (writer) throws(Failure) in
      writer.put(request.read)
      writer.put(String(request.stream))
      let known = try elements(request.known, request.n_known, "positions").map(SplitPosition.init)
      writer.put(list: known) { $0.put($1) }
      writer.put(request.split_bytes)
      writer.put(String(request.cursor))
    }
    return conclude(answer, error) { (reader) throws(Failure) in
      try reader.list { (reader) throws(Failure) in try reader.split() }
    } handOver: { splits in
      Lent.fill(out, splits) { [weak self] in self?.forgetSplits() }
    }
  }

  private func forgetSplits() {
    if worker != nil { _ = perform(.forgetSplits, nil, nil) }
  }

  func acknowledge(
    _ call: Call, _ position: UnsafePointer<headrace_split_position>?, _ error: Problem
  ) -> headrace_status {
    guard let position = position?.pointee else { return HEADRACE_FATAL }
    return conclude(perform(.acknowledge, call, error) { $0.put(SplitPosition(position)) }, error)
  }

  // MARK: Transform

  func bindTransform(
    _ call: Call, _ stream: headrace_string, _ input: UnsafePointer<ArrowSchema>?,
    _ output: UnsafeMutablePointer<ArrowSchema>?, _ error: Problem
  ) -> headrace_status {
    conclude(bind(stream, input, call, error), error) { (reader) throws(Failure) in
      try reader.schema()
    } handOver: { columns in
      outputColumns = columns
      output?.pointee = Lent.schema(outputColumns)
    }
  }

  private func bind(
    _ stream: headrace_string, _ schema: UnsafePointer<ArrowSchema>?, _ call: Call, _ error: Problem
  ) -> Answer {
    do throws(Failure) {
      guard let schema else { throw Failure(.run, "there are no columns", status: .fatal) }
      columns = try Schema(importing: schema.pointee)
      var payload = WireWriter()
      payload.put(String(stream))
      payload.put(columns)
      return bind(call, error, payload.bytes)
    } catch let failure {
      fill(error, failure)
      return .ended((failure.status ?? .fatal).rawValue)
    }
  }

  func apply(
    _ call: Call, _ input: UnsafeMutablePointer<ArrowArray>?, _ out: UnsafeMutablePointer<headrace_batch>?,
    _ error: Problem
  ) -> headrace_status {
    guard let input, let out else { return HEADRACE_FATAL }
    let answer = perform(.apply, call, error) { (writer) throws(Failure) in try put(input.pointee, &writer) }
    return conclude(answer, error) { (reader) throws(Failure) in
      let rejects = try reader.list { (reader) throws(Failure) in try reader.reject() }
      return (rejects, BatchBox(try take(&reader, outputColumns)))
    } handOver: { (rejects, rows) in
      Lent.fill(out, rows.take(), rejects, position: [])
      input.pointee.release?(input)
      input.pointee.release = nil
    }
  }

  /// Shows the worker a batch of the columns that the instance is bound to.
  private func put(_ array: ArrowArray, _ writer: inout WireWriter, _ columns: Schema? = nil) throws(Failure) {
    var lent = array
    // Whose it is does not change.
    lent.release = nil
    try present(exchange).put(RecordBatch(adopting: lent, schema: columns ?? self.columns), &writer)
  }

  /// A batch that the worker has sent.
  func take(_ wire: inout WireReader, _ columns: Schema) throws(Failure) -> RecordBatch {
    try present(exchange).take(&wire, columns)
  }

  private func present(_ exchange: BatchExchange?) throws(Failure) -> BatchExchange {
    guard let exchange else { throw Failure(.run, "there is no worker", status: .fatal) }
    return exchange
  }

  // MARK: Detector

  func bindDetector(
    _ call: Call, _ stream: headrace_string, _ schema: UnsafePointer<ArrowSchema>?, _ error: Problem
  ) -> headrace_status {
    conclude(bind(stream, schema, call, error), error)
  }

  func inspect(
    _ call: Call, _ batch: UnsafePointer<ArrowArray>?, _ out: UnsafeMutablePointer<headrace_finding_list>?,
    _ error: Problem
  ) -> headrace_status {
    guard let batch, let out else { return HEADRACE_FATAL }
    let answer = perform(.inspect, call, error) { (writer) throws(Failure) in try put(batch.pointee, &writer) }
    return learning(.inspect, conclude(answer, error, out))
  }

  func finishRun(
    _ call: Call, _ summary: UnsafePointer<headrace_run_summary>?,
    _ out: UnsafeMutablePointer<headrace_finding_list>?, _ error: Problem
  ) -> headrace_status {
    guard let summary = summary?.pointee, let out else { return HEADRACE_FATAL }
    let answer = perform(.finishRun, call, error) { writer in
      writer.put(summary.rows)
      writer.put(summary.wall_time_us)
    }
    return learning(.finishRun, conclude(answer, error, out))
  }

  /// What a call has found, and what the instance knows after it.
  private func conclude(
    _ answer: Answer, _ error: Problem, _ out: UnsafeMutablePointer<headrace_finding_list>
  ) -> headrace_status {
    conclude(answer, error) { (reader) throws(Failure) in
      (try reader.list { (reader) throws(Failure) in try reader.finding() }, try RemoteMemory(&reader))
    } handOver: { (found, learnt) in
      memory = learnt
      Lent.fill(out, found)
    }
  }

  /// The next attempt at a call that teaches begins where this one did.
  private func learning(_ operation: WorkerOperation, _ status: headrace_status) -> headrace_status {
    let detector = library.description.kinds["detector"]
    let isReplaceable = detector?.has("save") == true && detector?.has("restore") == true
    if isReplaceable, Status(rawValue: status)?.traits.isRetriable == true { beginAnew(after: operation) }
    return status
  }

  func save(_ call: Call, _ out: UnsafeMutablePointer<headrace_buffer>?, _ error: Problem) -> headrace_status {
    conclude(perform(.save, call, error), error) { (reader) throws(Failure) in
      try reader.data()
    } handOver: { bytes in
      if let out { Lent.fill(out, bytes) }
    }
  }

  func restore(_ call: Call, _ state: headrace_bytes, _ error: Problem) -> headrace_status {
    let bytes = [UInt8](state)
    let status = conclude(perform(.restore, call, error) { $0.put(bytes) }, error)
    if status == HEADRACE_OK { memory = .saved(bytes) }
    return learning(.restore, status)
  }

  // MARK: Format

  func openWriter(
    _ call: Call, _ schema: UnsafePointer<ArrowSchema>?, _ output: UnsafePointer<headrace_output>?,
    _ writer: UnsafeMutablePointer<OpaquePointer?>?, _ error: Problem
  ) -> headrace_status {
    guard let schema, let output, let writer else { return HEADRACE_FATAL }
    nextOutput += 1
    let number = nextOutput
    var columns = Schema([])
    let answer = perform(.openWriter, call, error) { (wire) throws(Failure) in
      columns = try Schema(importing: schema.pointee)
      // A new worker forgets the files of the old one, so that this one is known after it has come.
      outputs[number] = output
      wire.put(number)
      wire.put(columns)
    }
    let status = conclude(answer, error)
    guard status == HEADRACE_OK else {
      outputs[number] = nil
      return status
    }
    writers[number] = columns
    writer.pointee = handle(UInt32(truncatingIfNeeded: number))
    return status
  }

  func write(
    _ call: Call, _ writer: OpaquePointer?, _ batch: UnsafePointer<ArrowArray>?, _ rows: UnsafePointer<Int32>?,
    _ count: UInt64, _ fileBytes: UnsafeMutablePointer<Int64>?, _ error: Problem
  ) -> headrace_status {
    guard isPresent(writer), let columns = writers[number(of: writer)], let batch else {
      return gone("the file", error)
    }
    let answer = perform(.write, call, error) { (wire) throws(Failure) in
      wire.put(number(of: writer))
      wire.put(rows != nil)
      if let rows { wire.put(list: Array(UnsafeBufferPointer(start: rows, count: Int(count)))) { $0.put($1) } }
      try put(batch.pointee, &wire, columns)
    }
    return conclude(answer, error) { (reader) throws(Failure) in
      try reader.number(Int64.self)
    } handOver: {
      fileBytes?.pointee = $0
    }
  }

  func finishWriter(
    _ call: Call, _ writer: OpaquePointer?, _ out: UnsafeMutablePointer<headrace_file_summary>?, _ error: Problem
  ) -> headrace_status {
    guard isPresent(writer) else { return gone("the file", error) }
    let number = number(of: writer)
    defer { forget(number) }
    return conclude(perform(.finishWriter, call, error) { $0.put(number) }, error) { (reader) throws(Failure) in
      try reader.summary()
    } handOver: { summary in
      if let out { Lent.fill(out, summary) }
    }
  }

  func abortWriter(_ writer: OpaquePointer?) {
    guard isPresent(writer) else { return }
    _ = perform(.abortWriter, nil, nil) { $0.put(number(of: writer)) }
    forget(number(of: writer))
  }

  private func forget(_ number: UInt64) {
    outputs[number] = nil
    writers[number] = nil
  }

  // MARK: Language model

  func complete(
    _ call: Call, _ prompt: UnsafePointer<headrace_prompt>?, _ out: UnsafeMutablePointer<headrace_completion>?,
    _ error: Problem
  ) -> headrace_status {
    guard let prompt = prompt?.pointee, let out else { return HEADRACE_FATAL }
    let answer = perform(.complete, call, error) { writer in
      writer.put(prompt.max_output_tokens)
      writer.put(String(prompt.system))
      writer.put(String(prompt.prompt))
      writer.put(prompt.temperature)
    }
    return conclude(answer, error) { (reader) throws(Failure) in
      let finish = try reader.number(UInt32.self)
      let (text, model) = (try reader.data(), try reader.data())
      return (finish, text, model, try reader.number(Int64.self), try reader.number(Int64.self))
    } handOver: { (finish, text, model, input, output) in
      Lent.fill(out, finish: finish, text: text, model: model)
      (out.pointee.input_tokens, out.pointee.output_tokens) = (input, output)
    }
  }

  // MARK: What a worker has open

  /// What stands for something in the present worker: never an address.
  func handle(_ number: UInt32) -> OpaquePointer? {
    OpaquePointer(bitPattern: UInt(generation) << 32 | UInt(number))
  }

  func isPresent(_ handle: OpaquePointer?) -> Bool {
    worker != nil && UInt(bitPattern: handle) >> 32 == UInt(generation)
  }

  private func number(of handle: OpaquePointer?) -> UInt64 { UInt64(UInt(bitPattern: handle) & 0xFFFF_FFFF) }

  func gone(_ what: String, _ error: Problem) -> headrace_status {
    fill(error, Failure(.run, "\(what) was lost when its worker process ended", status: .crashed))
    return HEADRACE_CRASHED
  }
}

extension SplitPosition {
  init(_ position: headrace_split_position) {
    self.init(
      split: String(position.split), identity: String(position.identity), position: [UInt8](position.position),
      ordinal: position.ordinal, isComplete: position.is_complete != 0)
  }
}
