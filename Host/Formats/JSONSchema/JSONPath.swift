/// The way to a value inside a JSON document.
package struct JSONPath: Sendable, Hashable, CustomStringConvertible {
  package enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  package var steps: [Step]

  package init(_ steps: [Step] = []) { self.steps = steps }

  package func appending(_ step: Step) -> JSONPath { JSONPath(steps + [step]) }
  package func key(_ key: String) -> JSONPath { appending(.key(key)) }
  package func index(_ index: Int) -> JSONPath { appending(.index(index)) }

  /// `columns[2].name`; empty for the document itself.
  package var description: String {
    var text = ""
    for step in steps {
      switch step {
      case .key(let key): text += text.isEmpty ? key : "." + key
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }
}
