import CHeadrace
import HostFormats
import HostModel

/// What a library owes before it has an instance.
let libraryClauses: [Clause] = [
  .tried(
    "LIB-1",
    "headrace_plugin_entry returns the address of one constant, whose name and version are those of the manifest."
  ) { (trial) throws(Objection) in
    let entry = try trial.entry()
    let (name, version) = (String(entry.pointee.name), String(entry.pointee.version))
    guard name == trial.request.name, version == trial.request.version else {
      throw .broken(
        "the library is '\(name)' \(version), the manifest says '\(trial.request.name)' "
          + trial.request.version)
    }
    _ = try trial.library()
    return "\(name) \(version)"
  },
  .tried(
    "LIB-2", "negotiate picks a version of those offered, and declines with HEADRACE_UNSUPPORTED where it speaks none.",
    negotiation),
  .tried(
    "LIB-3", "get_extension returns the same table for each kind of the manifest, and NULL for every other id.",
    extensions),
  .tried("LIB-4", "init and deinit are counted: several in a row are undone by as many.") { (trial) throws(Objection) in
    let entry = try trial.library().tables.entry
    guard entry.`init` != nil else { throw .inapplicable("it has no init") }
    for round in 1...2 {
      for _ in 0..<3 { try status(trial, "init", entry.`init`) }
      for _ in 0..<3 { if let function = entry.`deinit` { trial.step("deinit") { function() } } }
      let subject = try trial.subject()
      try subject.live(.short)
      subject.destroy()
      trial.evidence = "\(round) rounds of three"
    }
    return trial.evidence
  },
  .tried("LIB-5", "A configuration schema is a JSON Schema that describes each property.") {
    (trial) throws(Objection) in
    let factory = try trial.library().tables.factory(of: trial.request.kind)
    let text = factory.map { String($0.pointee.config_schema) } ?? ""
    guard let schema = try? JSONValue.parse(text) else { throw .broken("the schema is no JSON") }
    let properties = schema["properties"]?.objectValue ?? JSONObject([])
    for (name, property) in properties where (property["description"]?.stringValue ?? "").isEmpty {
      throw .broken("the property '\(name)' has no description")
    }
    guard schema["type"]?.stringValue == "object" else { throw .broken("the schema's type is not 'object'") }
    return "\(properties.count) properties"
  },
]

private func status(
  _ trial: Trial, _ name: String,
  _ function: (@convention(c) (UnsafeMutablePointer<headrace_error>?) -> headrace_status)?
) throws(Objection) {
  guard let function else { return }
  let error = Guarded(headrace_error.empty)
  let status = trial.step(name) { function(error.pointer) }
  let answer = try Answer(name, status, error, trial)
  guard status == HEADRACE_OK else { throw .broken(answer.told) }
}

private func negotiation(_ trial: Trial) throws(Objection) -> String {
  let entry = try trial.entry().pointee
  func offer(_ range: ClosedRange<UInt32>) throws(Objection) -> UInt32? {
    let error = Guarded(headrace_error.empty)
    let version = Guarded<UInt32>(0xFFFF)
    let status = trial.step("negotiate") {
      entry.negotiate(range.lowerBound, range.upperBound, version.pointer, error.pointer)
    }
    let answer = try Answer("negotiate", status, error, trial)
    switch status {
    case HEADRACE_OK:
      guard range.contains(version.pointer.pointee) else {
        throw .broken("of \(range) it picked version \(version.pointer.pointee)")
      }
      return version.pointer.pointee
    case HEADRACE_UNSUPPORTED:
      guard version.pointer.pointee == 0xFFFF else { throw .broken("CAL-4", "it declined and wrote a version") }
      return nil
    default: throw .broken(answer.told)
    }
  }
  guard try offer(HostABI.minimum...HostABI.maximum) != nil else { throw .broken("it declined this host's versions") }
  guard try offer(HostABI.minimum...1_000) != nil else { throw .broken("it declined a host that speaks more versions") }
  guard try offer(900...1_000) == nil else { throw .broken("it picked a version that there is not yet") }
  return "1 of 1...1, none of 900...1000"
}

private func extensions(_ trial: Trial) throws(Objection) -> String {
  let entry = try trial.entry().pointee
  func find(_ id: String) -> UnsafeRawPointer? {
    let loan = Loan()
    // Not terminated: another byte follows that does not count.
    let text = loan.text(id + "x")
    return trial.step("get_extension") {
      entry.get_extension(headrace_string(data: text.data, length: text.length - 1))
    }
  }
  for kind in trial.request.kinds {
    guard let table = find("headrace.\(kind)/1") else { throw .broken("there is no 'headrace.\(kind)/1'") }
    guard find("headrace.\(kind)/1") == table else { throw .broken("'headrace.\(kind)/1' is another table each time") }
    for other in ["headrace.\(kind)/10", "headrace.\(kind)/", "headrace.\(kind)", "headrace.\(kind)/2"]
    where find(other) != nil {
      throw .broken("'\(other)' is answered")
    }
  }
  for other in ["", "h", "headrace.nothing/1", String(repeating: "x", count: 10_000)] where find(other) != nil {
    throw .broken("'\(other.prefix(40))' is answered")
  }
  return trial.request.kinds.joined(separator: ", ")
}
