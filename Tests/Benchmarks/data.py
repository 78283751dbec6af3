"""Makes the benchmarks' data: the same bytes for the same number of rows."""

import json
import random
import shutil

STATUSES = ["paid", "shipped", "cancelled", "returned", "open"]


def json_lines(path, rows):
    """JSON lines of about 190 bytes: an order with a few strings, numbers and a time."""
    pick = random.Random(7)
    with open(path, "w", buffering=1 << 20) as out:
        for number in range(rows):
            day = 1 + number * 27 // max(1, rows)
            record = {
                "order_id": 1_000_000 + number,
                "cust": f"customer-{pick.randrange(100_000):06d}",
                "status": STATUSES[pick.randrange(5)],
                "amount": f"{pick.randrange(1_000_000) / 100:.2f}",
                "quantity": 1 + pick.randrange(9),
                "city": f"city-{pick.randrange(500):03d}",
                "created_at": f"2026-03-{day:02d}T{number % 24:02d}:{number % 60:02d}:07Z",
                "note": f"left at the door {pick.randrange(10_000_000):09d}",
            }
            out.write(json.dumps(record, separators=(",", ":")))
            out.write("\n")


def repeat(source, times, target):
    """The same rows several times over."""
    with open(target, "wb") as out:
        for _ in range(times):
            with open(source, "rb") as part:
                shutil.copyfileobj(part, out, 1 << 20)


TABLE = """
CREATE TABLE bench (id bigint PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, amount numeric(12,2),
                    score double precision, created_at timestamptz NOT NULL, note text)
"""

FILL = """
INSERT INTO bench
SELECT i, (i * 7919) % 100000, (ARRAY['paid','shipped','cancelled','returned','open'])[1 + i % 5],
       ((i * 104729) % 1000000)::numeric / 100, sqrt(i), timestamptz '2026-03-01 00:00:00+00' + i * interval '1 second',
       'note ' || md5(i::text)
FROM generate_series(1::bigint, {rows}) AS i
"""
