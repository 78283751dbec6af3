#!/usr/bin/env python3
"""Shows that the resilience simulation can fail: breaks a copy of the sources in one place at a time, and asks that a
checker says so.

    python3 scripts/mutations.py [NAME ...]

Each mutation is one exact text and what takes its place. A text that is not in its file exactly once is an error: the
source has changed, and the mutation has to follow. The copy is in a temporary folder with the smallest package that
builds the simulation. A mutation counts as found if the checker that is its own names the violation, with the seed: a
trap of the product, or another checker, does not count.
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

# Name, the checker that has to find it, and its edits: file, text, what takes its place. The first five are those of
# the design; with the others each checker has one.
MUTATIONS = [
    (
        "generation-check",
        "generation",
        [
            (
                "Host/Policy/Breaker/Breaker+Calls.swift",
                "    guard permit.generation == generation else { return nil }\n    switch state {",
                "    switch state {",
            ),
            # A late result brings no probe back: without this the machine's own precondition would end the process.
            (
                "Host/Policy/Breaker/Breaker+Calls.swift",
                "    case .halfOpen(let context):\n      return probeEnded(",
                "    case .halfOpen(var context):\n"
                "      if permit.generation != generation { context.inFlight += 1 }\n      return probeEnded(",
            ),
        ],
    ),
    (
        "slot-not-returned",
        "leak",
        [
            (
                "Host/Policy/Gate/GateMachine.swift",
                "    if permit.holdsSlot { bulkhead.release() }\n    if call.attempts == 1",
                "    if call.attempts == 1",
            )
        ],
    ),
    (
        "withdrawal-skipped",
        "retryBudget",
        [
            (
                "Host/Policy/Retry/RetryMachine.swift",
                "    guard budget.withdraw(at: now) else { return .stop(.budgetExhausted) }\n",
                "",
            )
        ],
    ),
    (
        "fence-removed",
        "doubledBatch",
        [
            (
                "Tests/Simulation/Resilience/Outside.swift",
                "      guard ordinal >= state.landed else { return }\n",
                "",
            )
        ],
    ),
    (
        "freed-before-commit",
        "lostBatch",
        [
            (
                "Tests/Simulation/Resilience/ResilienceLife+Pipeline.swift",
                "          if land(queue.ordinal(of: record)) {\n",
                "          replay.advance(to: record.offset + 1)\n          try queue.free(upTo: replay.next)\n"
                "          if land(queue.ordinal(of: record)) {\n",
            )
        ],
    ),
    (
        "second-probe",
        "probes",
        [
            (
                "Host/Policy/Breaker/Breaker+Contexts.swift",
                "      case .consecutive: 1 - inFlight\n",
                "      case .consecutive: 2 - inFlight\n",
            )
        ],
    ),
    (
        "deadline-ignored",
        "deadline",
        [
            (
                "Host/Policy/Gate/GateMachine+Waiting.swift",
                "    return now < call.deadline ? nil : finish(.deadlineExceeded)\n",
                "    return nil\n",
            )
        ],
    ),
    (
        "patience-ignored",
        "patience",
        [
            (
                "Host/Policy/Gate/GateMachine+Waiting.swift",
                "    guard patience > .zero, next <= since.advanced(by: patience), next < call.deadline else {\n",
                "    guard patience > .zero, next < call.deadline else {\n",
            )
        ],
    ),
    (
        "probe-is-an-outage",
        "levelEvidence",
        [
            (
                "Host/Gate/DegradationMonitor.swift",
                "isUnavailable: metrics.rejection?.isFinal(at: now) ?? false,",
                "isUnavailable: metrics.rejection != nil,",
            )
        ],
    ),
    (
        "level-never-left",
        "convergence",
        [
            (
                "Host/Policy/Degradation/DegradationController.swift",
                "    let since = quietSince ?? now\n",
                "    let since = now\n",
            )
        ],
    ),
    (
        "memory-not-synced",
        "memory",
        [
            (
                "Host/Model/Outside/FileSystem+Durable.swift",
                "      try writer.sync()\n",
                "",
            )
        ],
    ),
]


def mutate(folder, edits):
    """Returns the texts of before, by file."""
    originals = {}
    for path, before, after in edits:
        text = (folder / path).read_text()
        originals.setdefault(path, text)
        if text.count(before) != 1:
            raise SystemExit(f"{path}: the text to be changed is there {text.count(before)} times:\n{before}")
        (folder / path).write_text(text.replace(before, after))
    return originals


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
        for name, checker, edits in chosen:
            originals = mutate(folder, edits)
            said = run(folder)
            for path, text in originals.items():
                (folder / path).write_text(text)
            found = re.search(rf"\b{checker}: [^\n]*", said or "")
            seed = re.search(r"SIM_SEED=(\d+) replays it", said or "")
            if found and seed:
                print(f"{name}: found by seed {seed.group(1)}: {found.group(0)}", flush=True)
            else:
                survivors.append(name)
                print(f"{name}: NOT FOUND\n{(said or 'the simulation passes')[-1500:]}", flush=True)
    if survivors:
        raise SystemExit("not found: " + ", ".join(survivors))


if __name__ == "__main__":
    main(sys.argv[1:])
