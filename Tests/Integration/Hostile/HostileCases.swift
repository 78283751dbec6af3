/// Mistakes, and what the program says about each of them; the parts are in files of their own.
enum HostileCases {
  /// What the pipelines of these cases read, unless a case says otherwise.
  static let sample = "id,name,amount,at\n1,ada,1.50,2026-01-02T03:04:05Z\n2,bob,2.25,2026-01-03T03:04:05Z\n"
}
