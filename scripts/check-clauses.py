#!/usr/bin/env python3
"""The tables of docs/plugins/checker.md list exactly the clauses that the checker knows: same numbers, words and order.

    python3 scripts/check-clauses.py            prints what differs, and fails if anything does
    python3 scripts/check-clauses.py --write    writes the words of the sources into the tables
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "Host/PluginCalls/Check"
PAGE = ROOT / "docs/plugins/checker.md"

LIST = re.compile(r"^let (\w+): \[Clause\] = \[", re.M)
ALL = re.compile(r"static let all: \[Clause\] =\s*((?:\w+[\s+]*)+)")
CLAUSE = re.compile(r'\.(?:tried|watched)\(\s*"([A-Z]+-\d+)",\s*(?:of: "\w+",\s*)?((?:"(?:[^"\\]|\\.)*"[\s+]*)+)')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
ROW = re.compile(r"^\| ([A-Z]+-\d+) \| (.*?) \|$", re.M)


def unescaped(literal):
    return re.sub(r"\\(.)", r"\1", literal)


def lists(texts):
    """The clauses of each Swift list by its name: (number, rule)."""
    found = {}
    for text in texts:
        starts = list(LIST.finditer(text))
        ends = [match.start() for match in starts[1:]] + [len(text)]
        for match, end in zip(starts, ends):
            clauses = CLAUSE.findall(text[match.end():end])
            found[match[1]] = [(number, unescaped("".join(LITERAL.findall(rule)))) for number, rule in clauses]
    return found


def known(folder=SOURCES):
    """All clauses, in the order of `Clause.all`."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(pathlib.Path(folder).rglob("*.swift"))]
    order = next(match for match in map(ALL.search, texts) if match)[1]
    found = lists(texts)
    return [clause for name in re.findall(r"\w+Clauses", order) for clause in found[name]]


def described(page):
    return [(match[1], match[2]) for match in ROW.finditer(page)]


def differences(clauses, rows):
    """What is wrong with the rows of the page, a line for each."""
    told, rules, lines = [], dict(clauses), dict(rows)
    for number, rule in clauses:
        if number not in lines:
            told.append(f"{number} is missing: {rule}")
        elif lines[number] != rule:
            told.append(f"{number} says `{lines[number]}`; the source says `{rule}`")
    told += [f"{number} is no clause" for number, _ in rows if number not in rules]
    told += [f"{number} stands there twice" for number in rules if [row[0] for row in rows].count(number) > 1]
    if not told and [row[0] for row in rows] != [clause[0] for clause in clauses]:
        told.append("the clauses are not in the order of the checker's report")
    return told


def mended(page, clauses):
    """The page with the words of the sources. A new clause comes behind the one before it; one that went goes."""
    rules = dict(clauses)
    line = re.compile(ROW.pattern + "\n", re.M)
    page = line.sub(lambda row: f"| {row[1]} | {rules[row[1]]} |\n" if row[1] in rules else "", page)
    for (before, _), (number, rule) in zip(clauses, clauses[1:]):
        if f"\n| {number} |" not in page:
            page = re.sub(rf"^\| {before} \|.*\n", lambda row: f"{row[0]}| {number} | {rule} |\n", page, flags=re.M)
    return page


def main(arguments):
    clauses = known()
    if "--write" in arguments:
        PAGE.write_text(mended(PAGE.read_text(encoding="utf-8"), clauses), encoding="utf-8")
    wrong = differences(clauses, described(PAGE.read_text(encoding="utf-8")))
    for line in wrong:
        print(f"docs/plugins/checker.md: {line}")
    print(f"{len(clauses)} clauses, {len(wrong)} differences.")
    return 1 if wrong or not clauses else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
