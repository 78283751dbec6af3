#!/usr/bin/env python3
"""Writes docs/plugins/reference.md: every structure, function and constant of the C headers, in the words there.

    python3 scripts/reference.py            writes the page
    python3 scripts/reference.py --check    fails if the page is not what the headers say

The headers are the only place where the contract is written. Headings are the names in C, so that links to them stay.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADERS = ROOT / "PluginAPI/C/include"
PAGE = ROOT / "docs/plugins/reference.md"
FROM_PAGE = "../../PluginAPI/C/include"

# What an author reads first comes first. A header that is not listed follows, by its name.
ORDER = ["abi.h", "status.h", "call.h", "plugin.h", "data.h", "host.h", "ext/source.h", "ext/transform.h",
         "ext/detector.h", "ext/format.h", "ext/http.h"]
ONLY_INCLUDES = {"headrace.h"}

INTRODUCTION = """# Reference

Every structure, function and constant of [the headers](../../PluginAPI/C/include/headrace/headrace.h), in their words.
This page is made by `scripts/reference.py`; change the headers instead. Tags of threads are explained in
[threads and ownership](threads-and-ownership.md), statuses in [errors](errors.md).
"""

# A comment, a line of the preprocessor, or a declaration up to its semicolon; structures have their braces within.
TOKEN = re.compile(r"(?P<comment>/\*.*?\*/)|(?P<directive>^#(?:[^\n\\]|\\\n?)*)|(?P<gap>\n[ \t]*\n)"
                   r"|(?P<declaration>[A-Za-z_](?:/\*.*?\*/|\{(?:/\*.*?\*/|[^{}])*\}|[^;{}])*;)", re.M | re.S)
DEFINE = re.compile(r"#define (HEADRACE_\w+)(?:[ \t]+(.*?))?[ \t]*(?:/\*(.*?)\*/)?$", re.S)
STRUCT = re.compile(r"typedef struct (\w+) \{(.*)\} \w+;(.*)", re.S)
OPAQUE = re.compile(r"typedef struct (\w+) \1;")
FUNCTION_MEMBER = re.compile(r"\(\*(\w+)\)\(")
TAG = re.compile(r"^\[([^\]]+)\]\s*")
VERDICTS = re.compile(r"^(.*?)\s*\b(yes|no)\s*\|\s*(yes|no)$", re.S)


def words(comment):
    """A comment without its marks: paragraphs of plain text."""
    lines = [re.sub(r"^\s*\*? ?", "", line) for line in comment.strip()[2:-2].split("\n")]
    text = "\n".join(line.rstrip() for line in lines)
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip())


def escaped(text, in_table=False):
    """Text of a comment as Markdown: what stands in backticks is left alone."""
    parts = re.split(r"(`[^`]*`)", text)
    plain = [re.sub(r"([<*])", r"\\\1", part) if index % 2 == 0 else part for index, part in enumerate(parts)]
    return "".join(plain).replace("|", "\\|") if in_table else "".join(plain)


def told(text):
    """Paragraphs, with the line about ownership set off."""
    text = re.sub(r"\s*\bOWNERSHIP: ", "\n\n**Ownership:** ", text).strip()
    return escaped(text).replace("\\*\\*Ownership:\\*\\*", "**Ownership:**")


def cell(text):
    return escaped(" ".join(text.split()), in_table=True)


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def constants(group, comment):
    """A table of constants that stand together. Where their common comment names two columns, so does the table."""
    rows, columns = [], ["constant", "value", "meaning"]
    if comment and "|" in comment:
        columns, comment = columns + [part.strip() for part in comment.split("|")], ""
    for name, value, meaning in group:
        row = ["`" + name + "`", "`" + value.strip("()") + "`" if value else "", cell(meaning)]
        verdicts = VERDICTS.match(meaning) if len(columns) > 3 else None
        if verdicts:
            row[2:] = [cell(verdicts[1]), verdicts[2], verdicts[3]]
        row += [""] * (len(columns) - len(row))
        rows.append(row)
    if not any(row[2] for row in rows):
        columns, rows = columns[:2], [row[:2] for row in rows]
    return (told(comment) + "\n\n" if comment else "") + table(columns, rows)


def capital(text):
    return text[:1].upper() + text[1:]


def joined(first, second):
    """Two comments on one thing, as sentences."""
    return f"{first} {capital(second)}" if first else second


def members(body):
    """(declaration, comment) of each member; a comment stands above it, or behind it on its line."""
    found, above = [], ""
    for match in TOKEN.finditer(body):
        if match["comment"]:
            starts_line = body[:match.start()].rpartition("\n")[2].strip() == ""
            if not starts_line and found:
                found[-1][1] = joined(found[-1][1], words(match["comment"]))
            else:
                above = words(match["comment"])
        elif match["declaration"]:
            found.append([" ".join(match["declaration"].split()), above])
            above = ""
        elif match["gap"]:
            above = ""
    return found


def member_row(declaration, comment):
    function = FUNCTION_MEMBER.search(declaration)
    name = function[1] if function else re.search(r"(\w+)\s*;$", declaration)[1]
    kind = declaration[:-1] if function else declaration[: declaration.rindex(name)].strip()
    return [f"`{name}`", f"`{kind}`", cell(comment)]


def function(owner, declaration, comment):
    """A function that has a tag of its own: where it may be called, how it is declared, what it does."""
    name = FUNCTION_MEMBER.search(declaration)[1]
    tag = TAG.match(comment)
    text = told(TAG.sub("", comment))
    lines = [f"#### `{owner}.{name}`", f"*{escaped(tag[1])}*", f"```c\n{wrapped(declaration)}\n```", text]
    return "\n\n".join(line for line in lines if line)


def wrapped(declaration, width=100):
    """A declaration on as many lines as it needs, its parameters below each other's beginning."""
    if len(declaration) <= width:
        return declaration
    indent = declaration.index(")(") + 2 if ")(" in declaration else declaration.index("(") + 1
    lines, line = [], declaration[:indent]
    for parameter in re.split(r"(?<=,) ", declaration[indent:]):
        if line.strip() and len(line) + len(parameter) > width and not line.endswith("("):
            lines.append(line.rstrip())
            line = " " * indent
        line += parameter + " "
    return "\n".join(lines + [line.rstrip()])


def structure(name, body, comment):
    entries = members(body)
    functions = [entry for entry in entries if TAG.match(entry[1])]
    rows = [member_row(*entry) for entry in entries if entry not in functions]
    parts = [f"### `{name}`", told(capital(comment)), table(["member", "type", "meaning"], rows) if rows else ""]
    parts += [function(name, *entry) for entry in functions]
    return "\n\n".join(part for part in parts if part)


def tidied(text):
    """The header without its guard and its lines for C++; of a choice between platforms the last stands."""
    text = re.sub(r"#ifdef __cplusplus.*?#endif\n", "", text, flags=re.S)
    text = re.sub(r"#ifndef \w+_H\n#define \w+_H\n", "", text)
    text = re.sub(r"#if defined.*?#else\n(.*?)#endif\n", r"\1", text, flags=re.S)
    # What stands behind a structure is about all of it.
    return re.sub(r"(typedef struct \w+ \{[^{}]*\} \w+;)[ \t]*(/\*.*?\*/)", r"\2\n\1", text, flags=re.S)


def prose(comment):
    """A comment that stands alone. Words in capitals at the beginning of a line are what it is about."""
    lines = [re.sub(r"^\s*\*? ?", "", line).rstrip() for line in comment.strip()[2:-2].strip().split("\n")]
    text = re.sub(r"^ ", "", "\n".join(lines), flags=re.M)
    if re.search(r"^[A-Z]{4,}$", text, re.M) or re.search(r"->", text):
        return "```text\n" + text + "\n```"
    return told(words(comment))


def section(path, text):
    """All of one header."""
    parts, pending, group, is_first = [], "", [], True

    def finish():
        nonlocal pending, group
        if group:
            parts.append(constants(group, pending))
        elif pending:
            parts.append(told(pending))
        pending, group = "", []

    for match in TOKEN.finditer(tidied(text)):
        if match["gap"]:
            finish()
        elif match["comment"] and is_first:
            parts.append(prose(match["comment"]))
            is_first = False
        elif match["comment"] and not group:
            pending = "\n\n".join(part for part in (pending, words(match["comment"])) if part)
        elif match["directive"]:
            define = DEFINE.match(match["directive"])
            if define:
                value = "" if (define[2] or "").startswith("__") else define[2] or ""
                group.append((define[1], value, " ".join(re.sub(r"\s*\n\s*", " ", define[3] or "").split())))
        elif match["declaration"]:
            parts.append(declaration(match["declaration"], pending))
            pending = ""
    finish()
    draft = " (draft)" if "/draft/" in path else ""
    return "\n\n".join([f"## `headrace/{path}`{draft}", f"[Source]({FROM_PAGE}/headrace/{path})"] +
                       [part for part in parts if part])


def declaration(text, comment):
    struct, opaque = STRUCT.match(text), OPAQUE.match(text)
    if struct:
        return structure(struct[1], struct[2], comment)
    if opaque:
        return f"### `{opaque[1]}`\n\n{told(comment)}"
    if text.startswith("typedef"):
        return f"```c\n{text}\n```" + (f"\n\n{told(comment)}" if comment else "")
    name = re.search(r"(\w+)\(", text)[1]
    tag = TAG.match(comment)
    return f"### `{name}`\n\n*{tag[1]}*\n\n```c\n{' '.join(text.split())}\n```\n\n{told(TAG.sub('', comment))}"


def index(pages):
    """Each header with the names that it declares."""
    rows = []
    for path, text in pages:
        names = re.findall(r"^### `(\w+)`$", text, re.M)
        heading = re.match(r"## (.*)", text)[1]
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        rows.append([f"[`{path}`](#{anchor})", ", ".join(f"[`{name}`](#{name})" for name in names)])
    return table(["header", "declares"], rows)


def page(folder=HEADERS):
    """The whole page."""
    base = pathlib.Path(folder) / "headrace"
    present = sorted(path.relative_to(base).as_posix() for path in base.rglob("*.h"))
    paths = [path for path in ORDER if path in present]
    paths += [path for path in present if path not in ORDER and path not in ONLY_INCLUDES]
    sections = [(path, section(path, (base / path).read_text(encoding="utf-8"))) for path in paths]
    return "\n\n".join([INTRODUCTION + "\n" + index(sections)] + [text for _, text in sections]) + "\n"


def main(arguments):
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/plugins/reference.md is not what the headers say: run `python3 scripts/reference.py`")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
