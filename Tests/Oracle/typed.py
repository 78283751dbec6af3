"""Seeded rows of every type: written as JSON Lines, and what the table must hold of them."""

import base64
import datetime
import json
import random
import uuid

import readers

PERSON = {"name": "string", "born": "date", "tags": ["string"]}
TYPES = {
    "id": "long", "flag": "boolean", "small": "int", "big": "long", "single": "float", "double": "double",
    "d9": "decimal(9, 2)", "d18": "decimal(18, 4)", "d38": "decimal(38, 10)", "day": "date", "clock": "time",
    "local": "timestamp", "instant": "timestamptz", "text": "string", "uid": "uuid", "raw": "binary",
    "numbers": ["long"], "nested": [["string"]], "person": PERSON, "people": [PERSON],
}
SCALARS = [name for name, kind in TYPES.items() if isinstance(kind, str)]
EXTREMES = {
    "flag": [True, False], "small": [-(2**31), 2**31 - 1], "big": [-(2**63), 2**63 - 1, 0],
    "single": [-0.0, 3.4028234663852886e38, 1.401298464324817e-45], "double": [-0.0, 1.7976931348623157e308, 5e-324],
    "d9": ["-9999999.99", "9999999.99", "0.01", "-0.01"], "d18": ["-99999999999999.9999", "99999999999999.9999"],
    "d38": ["-" + "9" * 28 + "." + "9" * 10, "9" * 28 + "." + "9" * 10, "0.0000000001"],
    "day": ["0001-01-01", "9999-12-31", "1969-12-31", "1970-01-01", "2000-02-29"],
    "clock": ["00:00:00", "23:59:59.999999"], "local": ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"],
    "instant": ["1969-12-31T23:59:59.999999Z", "2000-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z"],
    "text": ["", "\u0000", "z" * 100, "\U0010ffff" * 20, "'\"\\\n\r\t"],
    "uid": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "raw": ["", "AA==", "/////w=="],
}


def spelled(kind):
    """A type as the file source's `schema` writes it."""
    if isinstance(kind, list):
        return f"list<{spelled(kind[0])}>"
    if isinstance(kind, dict):
        return "struct<" + ", ".join(f"{name}: {spelled(inner)}" for name, inner in kind.items()) + ">"
    return kind


class Rows:
    """`part` of `parts` moves the values up its range: files differ in their bounds, and pruning has work to do."""

    def __init__(self, seed, part=0, parts=1, null=0.1):
        self.random = random.Random(f"{seed}/{part}")
        self.low, self.span, self.null = part / parts, 1 / parts, null

    def fraction(self):
        return self.low + self.random.random() * self.span

    def between(self, low, high):
        """An integer of this part of the range [low, high)."""
        size = high - low
        first, last = low + int(size * self.low), low + int(size * (self.low + self.span))
        return min(max(self.random.randrange(first, max(last, first + 1)), low), high - 1)

    def day(self):
        return (datetime.date(1930, 1, 1) + datetime.timedelta(days=self.between(0, 36500))).isoformat()

    def clock(self):
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=self.between(0, 86_400_000_000))
        return moment.time().isoformat()

    def decimal(self, precision, scale):
        return format(readers.decimal.Decimal(self.between(-(10**precision) + 1, 10**precision)).scaleb(-scale), "f")

    def text(self):
        more = [self.random.choice("aé漢😀 \n\"\\") for _ in range(self.random.randrange(30))]
        return chr(0x61 + self.between(0, 26)) + "".join(more)

    def person(self):
        tags = [self.maybe(self.text) for _ in range(self.random.randrange(3))]
        return {"name": self.maybe(self.text), "born": self.maybe(self.day), "tags": self.maybe(lambda: tags)}

    def bytes(self):
        found = bytes([self.between(0, 256)]) + self.random.randbytes(self.random.randrange(40))
        return base64.b64encode(found).decode()

    def items(self, make):
        return [self.maybe(make) for _ in range(self.random.randrange(4))]

    def maybe(self, make):
        return None if self.random.random() < self.null else make()

    def makers(self):
        zones = ["Z", "+02:00", "-11:30"]
        return {
            "flag": lambda: self.fraction() < 0.5, "small": lambda: self.between(-(2**31), 2**31),
            "big": lambda: self.between(-(2**63), 2**63), "single": lambda: (self.fraction() - 0.5) * 1e30,
            "double": lambda: (self.fraction() - 0.5) * 1e200, "d9": lambda: self.decimal(9, 2),
            "d18": lambda: self.decimal(18, 4), "d38": lambda: self.decimal(38, 10), "day": self.day,
            "clock": self.clock,
            "local": lambda: self.day() + "T" + self.clock(),
            "instant": lambda: self.day() + "T" + self.clock() + self.random.choice(zones), "text": self.text,
            "uid": lambda: str(uuid.UUID(int=self.between(0, 2**128))), "raw": self.bytes,
            "numbers": lambda: self.items(lambda: self.random.randrange(-9, 9)),
            "nested": lambda: self.items(lambda: self.items(self.text)), "person": self.person,
            "people": lambda: self.items(self.person),
        }

    def rows(self, first, count):
        makers = self.makers()
        return [{"id": first + index} | {name: self.maybe(make) for name, make in makers.items()}
                for index in range(count)]


def extremes(first):
    """A row per extreme value, null everywhere else; a column that is all null is part of it."""
    cases = [(name, value) for name, values in EXTREMES.items() for value in values]
    return [{"id": first + index, **{name: None for name in TYPES if name != "id"}, column: value}
            for index, (column, value) in enumerate(cases)]


def write(path, found):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=index % 2 == 0) + "\n" for index, row in enumerate(found))


def expected(*paths, columns=tuple(TYPES)):
    """What the table must hold of these files."""
    found = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        found += [{name: readers.declared(line[name], TYPES[name]) for name in columns} for line in lines]
    return found
