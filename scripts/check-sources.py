#!/usr/bin/env python3
"""Rules of this repository that no compiler sees. Prints `file:line: what is wrong` and fails if there is any.

- The pure modules import nothing that reads a clock, waits or does I/O, and do not use such parts of the standard
  library either; plugins and their Swift layer stay without Foundation, which costs a process 13 MB.
- In the host only the plugin runtime sees the plugin ABI.
- No function is longer than 70 lines, no line of a script or C source longer than 120 columns.
- Outside the tests nothing gives up by `fatalError` or `try!`.
- Nothing names a path of one machine or leaves a note that something is still to be done.
"""

import re
import subprocess
import sys
from pathlib import Path

LONGEST_FUNCTION = 70
LONGEST_LINE = 120

WAITING = {"Foundation", "FoundationEssentials", "Dispatch", "Glibc", "Logging", "CLinux"}
# folder: the modules that no file in it may import
FORBIDDEN_IMPORTS = {
    "Host/Policy/": WAITING | {"Atomics"},
    "Host/Formats/": WAITING | {"Atomics"},
    "Host/Model/": WAITING,
    "PluginAPI/Swift/": {"Foundation", "FoundationEssentials"},
    "Plugins/": {"Foundation", "FoundationEssentials"},
}
IMPURE = re.compile(
    r"\b(ContinuousClock|SuspendingClock|SystemRandomNumberGenerator|Mutex|Thread|DispatchQueue)\b"
    r"|\bTask\s*(\.|\{|\()|\.random\(in: [^,)]*\)|\.shuffled\(\)"
)
PURE = ("Host/Policy/", "Host/Formats/")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(home|root|Users|work)/\w")
NOTE = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|HA" + r"CK|XX" + r"X)\b")
GIVING_UP = re.compile(r"\bfatalError\s*\(|\btry!")
IMPORT = re.compile(r"^(?:@\w+(?:\([^)]*\))?\s+)*(?:public |package |internal |fileprivate |private )?import "
                    r"(?:struct |class |enum |protocol |func |var |typealias )?(\w+)", re.M)

SWIFT = (".swift",)
C_FAMILY = (".c", ".h", ".cpp", ".hpp", ".cc")
TEXT = SWIFT + C_FAMILY + (".md", ".py", ".sh", ".yaml", ".yml", ".json", ".map", ".txt", ".sql", "Makefile", ".ci/run")


def blank(text, swift):
    """The source with comments and literals replaced by spaces: line breaks and columns stay where they are."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/'
        + (r'|#+""".*?"""#+|""".*?"""|(#+)".*?"\1' if swift else r'|R"(\w*)\(.*?\)\1"')
        + r'|"(?:\\.|[^"\\\n])*"'
        + ("" if swift else r"|'(?:\\.|[^'\\\n])'"),
        re.S)
    return token.sub(erased, text)


def erased(match):
    return re.sub(r"[^\n]", " ", match.group())


def line_of(text, index):
    return text.count("\n", 0, index) + 1


def closing(text, opening, pair):
    """The index of the bracket that closes the one at `opening`, or the end of the text."""
    depth = 0
    for index in range(opening, len(text)):
        if text[index] == pair[0]:
            depth += 1
        elif text[index] == pair[1]:
            depth -= 1
            if depth == 0:
                return index
    return len(text) - 1


NEXT_DECLARATION = re.compile(r"\s*(?:@\w+\s+)*(?:\w+\s+)*(?:func|init|var|let|case|static)\b")


def swift_functions(text):
    """(name, start, end) of every function with a body; a protocol's requirement has none."""
    for match in re.finditer(r"\b(func\s+[^\s(<]+|init[?!]?|deinit|subscript)(?=[\s(<{])", text):
        index = match.end()
        while index < len(text) and text[index] not in "{}":
            if text[index] == "(":
                index = closing(text, index, "()")
            elif text[index] == "\n" and NEXT_DECLARATION.match(text, index):
                break
            index += 1
        if index < len(text) and text[index] == "{":
            yield match.group(1).split()[-1], match.start(), closing(text, index, "{}")


DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
CONTROL = re.compile(r"\b(if|for|while|switch|catch|return|else|do)\b")
FUNCTION_HEAD = re.compile(
    r"(operator\s*[^\s\w(]+|[\w:~]+)\s*\([^;{}]*\)\s*(?:const|noexcept|override|final|mutable|->[^;{}]*|:[^;{}]*|\s)*$")


def assigns(head):
    """`a = {` opens a value, not a body; a default argument and an operator's name are something else."""
    while (inner := re.sub(r"\([^()]*\)", " ", head)) != head:
        head = inner
    return "=" in re.sub(r"operator\s*[=!<>+*/|&^%-]+", "", head)


def c_functions(text):
    """(name, start, end) of every function; what is inside of one is not looked at again."""
    text = DIRECTIVE.sub(erased, text)
    statement = 0
    index = 0
    while index < len(text):
        character = text[index]
        if character == "{":
            head = text[statement:index]
            function = FUNCTION_HEAD.search(head)
            if function and not CONTROL.search(head) and not assigns(head):
                end = closing(text, index, "{}")
                yield function.group(1), statement + len(head) - len(head.lstrip()), end
                index = end
            statement = index + 1
        elif character in ";}":
            statement = index + 1
        index += 1


def long_functions(path, code):
    functions = swift_functions(code) if path.endswith(SWIFT) else c_functions(code)
    for name, start, end in functions:
        first, last = line_of(code, start), line_of(code, end)
        if last - first + 1 > LONGEST_FUNCTION:
            yield first, f"`{name}` has {last - first + 1} lines; {LONGEST_FUNCTION} is the most"


def wrong_imports(path, code):
    forbidden = set().union(*(modules for folder, modules in FORBIDDEN_IMPORTS.items() if path.startswith(folder)))
    if path.startswith("Host/") and not path.startswith("Host/PluginCalls/"):
        forbidden |= {"CHeadrace", "HeadracePlugin"}
    for match in IMPORT.finditer(code):
        if match.group(1) in forbidden:
            yield line_of(code, match.start()), f"`{match.group(1)}` may not be imported here"


def matches(pattern, text, message):
    for match in pattern.finditer(text):
        yield line_of(text, match.start()), message.format(match.group().strip())


def long_lines(text):
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            yield number, f"{len(line)} columns; {LONGEST_LINE} is the most"


def findings(path, text):
    """(line, message) of everything wrong with one file; `path` is relative to the repository."""
    found = list(matches(MACHINE_PATH, text, "`{}...` is a path of one machine"))
    found += matches(NOTE, text, "`{}`: do it, or write an issue")
    if path.endswith(SWIFT + C_FAMILY):
        code = blank(text, path.endswith(SWIFT))
        found += long_functions(path, code)
    if path.endswith(SWIFT):
        found += wrong_imports(path, code)
        if path.startswith(PURE):
            found += matches(IMPURE, code, "`{}` has no place in a pure module: take it as an argument")
        if not path.startswith("Tests/"):
            found += matches(GIVING_UP, code, "`{}` ends the process: throw an error, or use a precondition")
    if path.endswith(C_FAMILY + (".sh", ".py", "Makefile")):
        found += long_lines(text)
    return sorted(found)


def sources():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            check=True, capture_output=True, text=True).stdout
    return sorted(path for path in listed.split("\0") if path.endswith(TEXT) and Path(path).is_file())


def main():
    paths = sources()
    wrong = 0
    for path in paths:
        for line, message in findings(path, Path(path).read_text(encoding="utf-8")):
            print(f"{path}:{line}: {message}")
            wrong += 1
    print(f"{len(paths)} files, {wrong} findings.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
