#!/usr/bin/env python3
"""Compares the C headers of the contract with each frozen copy under Tests/ABI: what a version has promised stays.

    python3 scripts/check-abi.py [HEADERS]

Every member of a frozen structure has to be at its offset, with its type and its name, and every constant has to have
its value. Members behind the last frozen one, new structures and new constants are growth, and allowed. HEADERS is the
folder to compare, PluginAPI/C/include unless stated.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ARROW = ROOT / "PluginAPI/Arrow/include"
FROZEN = ROOT / "Tests/ABI"

# clang writes a structure as lines of `offset | type name`, nested members deeper; a line with a size ends it.
MEMBER = re.compile(r"^\s*(\d+) \|   (\S.*?) ?(\S+)$")
RECORD = re.compile(r"^\s*0 \| struct (headrace_\w+)$")
CONSTANT = re.compile(r"^#define (HEADRACE_\w+) (.+)$")


def sources(folder):
    """A program that uses every structure, since clang lays out no other."""
    headers = sorted(path.relative_to(folder).as_posix() for path in folder.glob("headrace/**/*.h"))
    headers = [header for header in headers if "/draft/" not in header]
    text = "".join(f"#include <{header}>\n" for header in headers)
    names = set()
    for header in headers:
        names |= set(re.findall(r"^\} (headrace_\w+);", (folder / header).read_text(), re.M))
    uses = "".join(f"int use_{name} = sizeof({name});\n" for name in sorted(names))
    return text, uses


def clang(folder, text, *flags):
    with tempfile.NamedTemporaryFile("w", suffix=".c") as program:
        program.write(text)
        program.flush()
        command = ["clang", "-std=c11", f"-I{folder}", f"-I{ARROW}", *flags, program.name]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def layouts(folder):
    """The members of each structure by name: offset, and type."""
    text, uses = sources(folder)
    found, members = {}, None
    for line in clang(folder, text + uses, "-fsyntax-only", "-Xclang", "-fdump-record-layouts").splitlines():
        record, member = RECORD.match(line), MEMBER.match(line)
        if record:
            members = found.setdefault(record[1], {})
        elif "| [sizeof=" in line or line.startswith("***"):
            members = None
        elif members is not None and member:
            members[member[3]] = (int(member[1]), member[2])
    return found


def constants(folder):
    """What the preprocessor makes of each constant that has a value."""
    text, _ = sources(folder)
    lines = clang(folder, text, "-E", "-dM").splitlines()
    found = {match[1]: match[2] for match in map(CONSTANT.match, lines) if match}
    return {name: value for name, value in found.items() if not name.endswith("_H") and "__attribute__" not in value}


def differences(frozen, present):
    """What a plugin built by the frozen headers would find moved."""
    told = []
    now = layouts(present)
    for record, members in layouts(frozen).items():
        for name, place in members.items():
            found = now.get(record, {}).get(name)
            if found is None:
                told.append(f"{record}.{name} is gone; a slot that is not used any more stays, and is NULL")
            elif found != place:
                told.append(f"{record}.{name} was {place[1]} at {place[0]} and is {found[1]} at {found[0]}")
    values = constants(present)
    for name, value in constants(frozen).items():
        if name not in ("HEADRACE_ABI_VERSION",) and values.get(name) != value:
            told.append(f"{name} was {value} and is {values.get(name, 'gone')}")
    return told


def main():
    present = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "PluginAPI/C/include"
    wrong = 0
    versions = sorted(folder for folder in FROZEN.iterdir() if folder.is_dir())
    for version in versions:
        found = differences(version / "include", present)
        for line in found:
            print(f"{version.name}: {line}")
        wrong += len(found)
        count = sum(map(len, layouts(version / "include").values()))
        print(f"{version.name}: {count} members, {len(constants(version / 'include'))} constants, {len(found)} moved.")
    return 1 if wrong or not versions else 0


if __name__ == "__main__":
    sys.exit(main())
