/// Mistakes, and what the program says about each of them; the parts are in files of their own.
enum HostileCases {
  /// What the pipelines of these cases read, unless a case says otherwise.
  static let sample = "id,name,amount,at\n1,ada,1.50,2026-01-02T03:04:05Z\n2,bob,2.25,2026-01-03T03:04:05Z\n"

  /// Pipeline files that have to be refused, by themselves or by a source, a plugin or the columns.
  static let pipelines = pipelines1 + pipelines2 + pipelines3 + pipelines4
  /// Libraries that are no plugins, or not the ones that their manifest describes.
  static let libraries = libraries1 + libraries2
  /// Data that does not keep to its format. `run` counts what is wrong, `preview` says what it is.
  static let data = data1 + data2 + data3
  /// Command lines that ask for what there is not.
  static let commandLine = commandLine1 + commandLine2
}
