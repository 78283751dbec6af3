#!/usr/bin/env python3
"""Every relative link of every Markdown file leads to a file that exists, and to a heading that it has.

Prints `file:line: what is wrong`, fails if there is any. Links to other hosts are not followed: a check that
depends on the network of the day says nothing about the repository.
"""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s+(\S+)", re.M)
CODE = re.compile(r"^(```|~~~).*?^\1[^\n]*$|`[^`\n]*`", re.M | re.S)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.M)
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.I)


def without_code(text):
    return CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def anchor(heading):
    """The name under which renderers file a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def anchors(path):
    fences = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.M | re.S)
    names, seen = set(), {}
    for heading in HEADING.findall(fences.sub("", path.read_text(encoding="utf-8"))):
        name = anchor(heading)
        count = seen.get(name, 0)
        seen[name] = count + 1
        names.add(f"{name}-{count}" if count else name)
    return names


def problem(page, target):
    """What is wrong with a link from a page, or None."""
    if ELSEWHERE.match(target):
        return None
    place, _, fragment = unquote(target).partition("#")
    if place.startswith("/"):
        return f"`{target}` starts at the root of the disk; make it relative"
    path = (page.parent / place) if place else page
    if not path.exists():
        return f"`{target}` leads nowhere"
    if fragment and path.suffix == ".md" and fragment.lower() not in anchors(path):
        return f"`{target}`: there is no such heading"
    return None


def findings(page):
    """(line, message) of every broken link of one page."""
    text = without_code(page.read_text(encoding="utf-8"))
    for match in LINK.finditer(text):
        message = problem(page, match.group(1) or match.group(2))
        if message:
            yield text.count("\n", 0, match.start()) + 1, message


def main():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
                            check=True, capture_output=True, text=True).stdout
    pages = sorted(Path(path) for path in listed.split("\0") if path and Path(path).is_file())
    wrong = [(page, line, message) for page in pages for line, message in findings(page)]
    for page, line, message in wrong:
        print(f"{page}:{line}: {message}")
    print(f"{len(pages)} pages, {len(wrong)} broken links.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
