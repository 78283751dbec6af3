/// The bounds within which a file is read. Each of them stops a file that is small on disk from becoming large in
/// memory, and a reader from running long.
package struct YAMLLimits: Sendable {
  /// The size of the text in bytes; 1 MiB. Far above any file that a person writes.
  package var maximumBytes = 1 << 20
  /// How deep lists and mappings may nest, aliases expanded; 64.
  package var maximumDepth = 64
  /// Nodes of the whole tree, aliases expanded; 100,000.
  package var maximumNodes = 100_000
  /// Nodes that aliases may add to the tree; 10,000. What stops an alias bomb.
  package var maximumAliasNodes = 10_000
  /// Mistakes that are reported one by one; 100. The rest are counted.
  package var maximumDiagnostics = 100

  package init() {}
}
