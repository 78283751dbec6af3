#!/usr/bin/env python3
"""Compiles the examples of the documentation: each block that says that it is a whole file, and each file in C.

    ```c file        a block that is checked, as C11
    ```cpp file      the same as C++20
    ```c             a piece of something; nobody checks it

Prints where a block that does not compile begins, with the compiler's first words, and fails if there is one.
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


def blocks(text):
    """(line, language, source) of each block that is a whole file; the line is that of its first own line."""
    return [(text.count("\n", 0, match.start(2)) + 1, match[1], match[2]) for match in BLOCK.finditer(text)]


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
    for path in sorted(docs.rglob("*.c")):
        yield str(path.relative_to(ROOT)), "c", path.read_text(encoding="utf-8")


def main():
    found = list(examples(ROOT / "docs"))
    wrong = [(place, said) for place, language, source in found if (said := complaint(language, source))]
    for place, said in wrong:
        print(f"{place}: {said}")
    print(f"{len(found)} examples, {len(wrong)} that do not compile.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
