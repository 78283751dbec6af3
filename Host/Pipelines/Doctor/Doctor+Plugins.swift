import HostFormats
import HostModel
import HostPluginRuntime

extension Doctor {
  /// Each plugin is found, probed in a child, and compared with its manifest; whether it may run where that asks is told.
  func pluginChecks() -> [DoctorCheck] {
    var checks = registry.plugins.values.sorted { $0.manifest.name.value < $1.manifest.name.value }.map(plugin)
    checks += registry.diagnostics.map { diagnostic in
      DoctorCheck(
        "plugins", "manifest", diagnostic.severity == .error ? .missing : .warning,
        "\(diagnostic.place): \(diagnostic.message)", advice: diagnostic.suggestion ?? "mend the manifest")
    }
    if registry.plugins.isEmpty {
      checks.append(
        DoctorCheck(
          "plugins", "any", .missing, "no manifest was found",
          advice: "name the folder with --plugins, or run 'make build'"))
    }
    return checks
  }

  private func plugin(_ plugin: InstalledPlugin) -> DoctorCheck {
    let isPinned = registry.isPinned(plugin)
    var check = check("plugins", plugin.manifest.name.value) { () throws(Failure) in
      let description = try registry.description(of: plugin)
      let placement = try registry.placement(of: plugin)
      try registry.pinnedReport(of: plugin)
      let kinds = plugin.manifest.kinds.map(\.rawValue).joined(separator: ", ")
      return "\(description.version), ABI \(description.abiVersion), \(kinds), "
        + (isPinned ? "hash checked" : "not pinned to a hash")
        + ", \(placement.isolation.rawValue) (\(placement.reason))"
    }
    if check.state == .ok, !isPinned {
      check.state = .warning
      check.advice = "state the library's sha256 in \(plugin.path)"
    }
    return check
  }

  // MARK: What plugins stand on

  func libraryChecks() -> [DoctorCheck] {
    [
      library("Arrow", "libarrow.so", of: "parquet", "no table can be written without it; run 'make setup'"),
      library("libpq", "libpq.so", of: "postgres", "install the package libpq5"),
      duckDB(),
    ].compactMap { $0 }
  }

  /// A shared library is usable if the plugin that needs it can be loaded; its file's name tells the version.
  private func library(_ name: String, _ file: String, of plugin: String, _ advice: String) -> DoctorCheck? {
    guard let installed = registry.plugins[plugin] else { return nil }
    return check("libraries", name, advice: advice) { () throws(Failure) in
      _ = try registry.load(installed)
      let maps = String(decoding: try files.read("/proc/self/maps", limit: 1 << 24), as: UTF8.self)
      let paths: [String] = maps.split(separator: "\n").compactMap { line in
        line.firstIndex(of: "/").map { String(line[$0...]) }
      }
      guard let path = paths.first(where: { $0.contains("/\(file)") }) else { return "part of the plugin '\(plugin)'" }
      guard let slash = path.lastIndex(of: "/") else { return path }
      return "\(path[path.index(after: slash)...]) in \(path[..<slash])"
    }
  }

  /// DuckDB is loaded by the plugin, when it is asked something.
  private func duckDB() -> DoctorCheck? {
    guard registry.plugins["sql"] != nil else { return nil }
    let advice = "run 'make setup', or name the library with HEADRACE_LIBDUCKDB"
    return check("libraries", "DuckDB", advice: advice) { () throws(Failure) in
      var version = ""
      _ = try LakeQuery(try host.get()).run("SELECT version() AS version") { _, row in
        version = (row.texts.first ?? nil) ?? ""
      }
      return version
    }
  }

  // MARK: Who reads the tables

  /// Readers in Python are for people who look at the tables with them: nothing here needs one.
  func readersCheck() -> DoctorCheck {
    let script = """
      from importlib.metadata import version, PackageNotFoundError
      for name in ("pyiceberg", "duckdb", "pyarrow"):
          try: print(name, version(name))
          except PackageNotFoundError: pass
      """
    for python in machine.pythons {
      let request = ProcessRequest(executable: python, arguments: ["-I", "-c", script], timeout: .seconds(20))
      guard let result = try? spawner.run(request), result.exit == .code(0), !result.output.isEmpty else { continue }
      let found = String(decoding: result.output, as: UTF8.self).split(separator: "\n").joined(separator: ", ")
      return DoctorCheck("readers", "Python", .ok, "\(found) (\(python))")
    }
    return DoctorCheck(
      "readers", "Python", .warning, "no Python has pyiceberg or duckdb: they are optional readers",
      advice: "'pip install pyiceberg duckdb' to read the tables from Python")
  }
}
