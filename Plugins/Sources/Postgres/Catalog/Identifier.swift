/// Names in SQL.
enum Identifier {
  /// `na"me` as `"na""me"`.
  static func quoted(_ name: String) -> String {
    var text = "\""
    for character in name.unicodeScalars {
      if character == "\"" { text += "\"" }
      text.unicodeScalars.append(character)
    }
    return text + "\""
  }

  /// The alias that relations are selected under.
  static let relation = "r"

  /// A column of the relation. Always with the alias: `ORDER BY "k"` alone means an output column of that name, which is
  /// text where the key is cast to text.
  static func column(_ name: String) -> String { relation + "." + quoted(name) }
}
