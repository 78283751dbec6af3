#!/usr/bin/env python3
"""Shows that the resilience simulation can fail: breaks a copy of the sources in one place at a time, and asks that a
checker says so.

    python3 scripts/mutations.py [NAME ...]

Each mutation is one exact text and what takes its place. A text that is not in its file exactly once is an error: the
source has changed, and the mutation has to follow. The copy is in a temporary folder with the smallest package that
builds the simulation. A mutation counts as found if a checker that is its own names the violation, with the seed.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

PACKAGE = """// swift-tools-version: 6.2
import PackageDescription
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
]
func host(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Host/" + path, swiftSettings: strict)
}
let package = Package(
  name: "mutated",
  targets: [
    .target(name: "CArrow", path: "PluginAPI/Arrow", publicHeadersPath: "include"),
    .target(name: "CLinux", path: "Host/System/Linux", publicHeadersPath: "include"),
    .systemLibrary(name: "CYaml", path: "Host/System/Yaml", pkgConfig: "yaml-0.1"),
    host("HostModel", "Model", ["CArrow"]),
    host("HostPolicy", "Policy", ["HostModel"]),
    host("HostFormats", "Formats", ["HostModel", "CYaml", "CArrow"]),
    host("HostGate", "Gate", ["HostModel", "HostPolicy"]),
    host("HostSystem", "System/Host", ["HostModel", "CLinux"]),
    host("HostQueue", "Storage/Queue", ["HostModel"]),
    .target(
      name: "HostControl", dependencies: ["HostModel", "HostPolicy", "HostFormats", "HostGate"], path: "Host/Control",
      exclude: ["Notifications"], swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["HostModel", "CArrow"], path: "Tests/Support",
      exclude: ["Integration/crashpoint.c"], swiftSettings: strict),
    .testTarget(
      name: "ResilienceSimulationTests",
      dependencies: ["HostModel", "HostPolicy", "HostGate", "HostControl", "HostQueue", "HostSystem", "TestSupport"],
      path: "Tests/Simulation/Resilience", swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6], cLanguageStandard: .c11, cxxLanguageStandard: .cxx20)
"""

# Name, file, text, what takes its place, checkers that may find it.
MUTATIONS = [
    (
        "generation-check",
        "Host/Policy/Breaker/Breaker+Calls.swift",
        "    guard permit.generation == generation else { return nil }\n    switch state {",
        "    switch state {",
        ["probes", "generation", "unexpected signal code"],
    ),
    (
        "slot-not-returned",
        "Host/Policy/Gate/GateMachine.swift",
        "    if permit.holdsSlot { bulkhead.release() }\n    if call.attempts == 1",
        "    if call.attempts == 1",
        ["leak"],
    ),
    (
        "withdrawal-skipped",
        "Host/Policy/Retry/RetryMachine.swift",
        "    guard budget.withdraw(at: now) else { return .stop(.budgetExhausted) }\n",
        "",
        ["retryBudget"],
    ),
    (
        "fence-removed",
        "Tests/Simulation/Resilience/ResilienceWorld.swift",
        "      guard ordinal >= state.landed else { return }\n",
        "",
        ["doubledBatch"],
    ),
    (
        "freed-before-commit",
        "Tests/Simulation/Resilience/ResilienceLife+Pipeline.swift",
        "          if land(queue.ordinal(of: record)) {\n",
        "          try queue.free(upTo: record.offset + 1)\n          if land(queue.ordinal(of: record)) {\n",
        ["lostBatch"],
    ),
]


def mutate(folder, path, before, after):
    file = folder / path
    text = file.read_text()
    if text.count(before) != 1:
        raise SystemExit(f"{path}: the text to be changed is there {text.count(before)} times:\n{before}")
    file.write_text(text.replace(before, after))
    return text


def run(folder):
    """What the simulation says: None if it passes."""
    flags = ["-c", "release", "-Xswiftc", "-enable-testing"]
    build = subprocess.run(["swift", "build", "--build-tests", *flags], cwd=folder, capture_output=True, text=True)
    if build.returncode != 0:
        raise SystemExit("the mutated sources do not build:\n" + build.stdout[-4000:] + build.stderr[-1000:])
    command = ["swift", "test", "--skip-build", *flags, "--filter", "whateverFailsNothingIsLost"]
    test = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return None if test.returncode == 0 else test.stdout + test.stderr


def main(names):
    chosen = [m for m in MUTATIONS if not names or m[0] in names]
    survivors = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for part in ["Host", "Tests", "PluginAPI"]:
            shutil.copytree(ROOT / part, folder / part)
        (folder / "Package.swift").write_text(PACKAGE)
        for name, path, before, after, checkers in chosen:
            original = mutate(folder, path, before, after)
            said = run(folder)
            (folder / path).write_text(original)
            found = re.search(r"\b(" + "|".join(checkers) + r"):? [^\n]*", said or "")
            seed = re.search(r"SIM_SEED=(\d+)", said or "")
            if found:
                print(f"{name}: found by seed {seed.group(1) if seed else '?'}: {found.group(0)}", flush=True)
            else:
                survivors.append(name)
                print(f"{name}: NOT FOUND\n{(said or 'the simulation passes')[-1500:]}", flush=True)
    if survivors:
        raise SystemExit("not found: " + ", ".join(survivors))


if __name__ == "__main__":
    main(sys.argv[1:])
