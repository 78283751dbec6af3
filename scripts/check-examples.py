#!/usr/bin/env python3
"""Holds the examples of the documentation to what they say of themselves.

    ```c file        a whole file, which compiles as C11; so does each file in C
    ```cpp file      the same as C++20; so does each file in C++
    ```c of PATH     a piece of that file, as it stands there; any language
    ```c             nobody checks it

Prints where a wrong one begins, with what is wrong, and fails if there is one.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDES = ["C/include", "C/kit", "Arrow/include", "Cxx/include"]
STRICT = ["-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "-Werror"]
COMPILERS = {"c": ["cc", "-std=c11", "-x", "c"], "cpp": ["c++", "-std=c++20", "-x", "c++"]}
BLOCK = re.compile(r"^```(c|cpp) file$\n(.*?)^```$", re.M | re.S)
PIECE = re.compile(r"^```\w+ of (\S+)$\n(.*?)^```$", re.M | re.S)


def blocks(text):
    """(line, language, source) of each block that is a whole file; the line is that of its first own line."""
    return [(text.count("\n", 0, match.start(2)) + 1, match[1], match[2]) for match in BLOCK.finditer(text)]


def strays(text, root=ROOT):
    """(line, message) of each piece that does not stand in the file that it names."""
    for match in PIECE.finditer(text):
        path = root / match[1]
        if not path.is_file():
            yield text.count("\n", 0, match.start()) + 1, f"`{match[1]}` is not there"
        elif match[2] not in path.read_text(encoding="utf-8"):
            yield text.count("\n", 0, match.start()) + 1, f"this does not stand in `{match[1]}`"


def complaint(language, source):
    """What the compiler says first, or None."""
    includes = [f"-I{ROOT / 'PluginAPI' / path}" for path in INCLUDES]
    command = [*COMPILERS[language], *STRICT, *includes, "-"]
    result = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return None
    said = [line for line in result.stderr.splitlines() if "error" in line]
    return re.sub(r"^<stdin>:", "", said[0] if said else result.stderr.strip()[:200])


def examples(docs):
    """(place, language, source) of all that is to be compiled."""
    for page in sorted(docs.rglob("*.md")):
        for line, language, source in blocks(page.read_text(encoding="utf-8")):
            yield f"{page.relative_to(ROOT)}:{line}", language, source
    for language in COMPILERS:
        for path in sorted(docs.rglob(f"*.{language}")):
            yield str(path.relative_to(ROOT)), language, path.read_text(encoding="utf-8")


def main():
    docs = ROOT / "docs"
    found = list(examples(docs))
    wrong = [(place, said) for place, language, source in found if (said := complaint(language, source))]
    for page in sorted(docs.rglob("*.md")):
        pieces = strays(page.read_text(encoding="utf-8"))
        wrong += [(f"{page.relative_to(ROOT)}:{line}", said) for line, said in pieces]
    for place, said in wrong:
        print(f"{place}: {said}")
    print(f"{len(found)} examples compiled, {len(wrong)} wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
