import HostFormats
package import HostModel

/// What a process that tries a clause is told on its standard input.
package struct CheckRequest: Sendable {
  /// The clause's id.
  package var clause: String
  /// What the manifest says that the plugin is.
  package var name: String
  package var version: String
  package var kinds: [String]
  /// The kind that clauses about every kind are tried with.
  package var kind: String
  /// The instance's configuration, as JSON that the plugin's schema allows, with its defaults.
  package var config: String
  /// The columns of what a transform, a detector or a format is given.
  package var input: [Field]
  /// What the plugin may reach, by its manifest; nil for a trusted one, which may do what its host may.
  package var confinement: Confinement?
  /// Environment variables that the plugin may read as secrets.
  package var secrets: [String]
  /// Hosts that it may call over HTTP, with the configuration's settings filled in.
  package var http: [String]
  /// What it is answered there.
  package var answers: [CheckAnswer]
  /// How long one call may take before it counts as hung; also the deadline that it is given.
  package var patience: Duration
  /// Of the rows that are made up, and of the order of what happens at random.
  package var seed: UInt64
  /// Of a clause that takes several processes: what this one is to do.
  package var part = Part.whole

  /// A part of the reading of a split, from its beginning or from a position on.
  package enum Part: Sendable, Equatable {
    case whole
    /// Reads so many batches, and is killed in the next read.
    case killed(after: Int)
    case resumed(ReadTrace.Step)
  }

  package init(
    clause: String, name: String, version: String, kinds: [String], kind: String, config: String, input: [Field],
    confinement: Confinement?, secrets: [String], http: [String] = [],
    answers: [CheckAnswer] = [], patience: Duration, seed: UInt64
  ) {
    self.clause = clause
    self.name = name
    self.version = version
    self.kinds = kinds
    self.kind = kind
    self.config = config
    self.input = input
    self.confinement = confinement
    self.secrets = secrets
    self.http = http
    self.answers = answers
    self.patience = patience
    self.seed = seed
  }

  package var json: [UInt8] {
    Array(
      JSONValue.object([
        "clause": .string(clause), "name": .string(name), "version": .string(version),
        "kinds": .array(kinds.map(JSONValue.string)), "kind": .string(kind), "config": .string(config),
        "input": .string(Base64.encode(SchemaCodec.encode(Schema(input)))),
        "confinement": confinement.map { .string(Base64.encode($0.bytes)) } ?? .null,
        "secrets": .array(secrets.map(JSONValue.string)), "http": .array(http.map(JSONValue.string)),
        "answers": .array(answers.map(\.json)), "patience_ns": .integer(patience.wholeNanoseconds),
        "seed": .string(String(seed)), "part": part.json,
      ]).text().utf8)
  }

  package init?(json: [UInt8]) {
    guard let root = try? JSONValue.parse(json), let clause = root["clause"]?.stringValue,
      let name = root["name"]?.stringValue, let version = root["version"]?.stringValue,
      let kinds = root["kinds"]?.arrayValue, let kind = root["kind"]?.stringValue,
      let config = root["config"]?.stringValue, let encoded = root["input"]?.stringValue,
      let schema = Base64.decode(encoded), let input = try? SchemaCodec.decode(schema),
      let granted = root["confinement"], let secrets = root["secrets"]?.arrayValue,
      let http = root["http"]?.arrayValue, let answers = root["answers"]?.arrayValue,
      let patience = root["patience_ns"]?.integerValue,
      let seed = root["seed"]?.stringValue.flatMap(UInt64.init), let part = root["part"].flatMap({ Part(json: $0) })
    else { return nil }
    var confinement: Confinement?
    if granted != .null {
      // Nobody is to run with more than was said.
      guard let read = granted.stringValue.flatMap(Base64.decode).flatMap({ Confinement(bytes: $0) }) else {
        return nil
      }
      confinement = read
    }
    self.init(
      clause: clause, name: name, version: version, kinds: kinds.compactMap(\.stringValue), kind: kind, config: config,
      input: input.fields, confinement: confinement, secrets: secrets.compactMap(\.stringValue),
      http: http.compactMap(\.stringValue), answers: answers.compactMap(CheckAnswer.init(json:)),
      patience: .nanoseconds(patience), seed: seed)
    self.part = part
  }
}

extension CheckRequest.Part {
  fileprivate var json: JSONValue {
    switch self {
    case .whole: .null
    case .killed(let count): .integer(Int64(count))
    case .resumed(let step): step.json
    }
  }

  fileprivate init?(json: JSONValue) {
    if json == .null {
      self = .whole
    } else if let count = json.integerValue {
      self = .killed(after: Int(count))
    } else if let step = ReadTrace.Step(json: json) {
      self = .resumed(step)
    } else {
      return nil
    }
  }
}
