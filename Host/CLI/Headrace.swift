@main struct Headrace {
  static func main() { runProbeIfAsked(CommandLine.arguments) }
}
