"""Runs whole processes, from start to exit, and keeps their time and memory."""

import os
import statistics
import subprocess
import time


class Measurement:
    def __init__(self, name, rows):
        self.name, self.rows = name, rows
        self.seconds, self.memory = [], []

    @property
    def rate(self):
        return self.rows / statistics.median(self.seconds)

    @property
    def peak(self):
        return max(self.memory)


def run(command, environment=None):
    """Wall seconds and the peak resident memory in bytes of the process and the children that it waited for."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, env=environment or os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{command[0]} failed:\n{errors.decode(errors='replace')}")
    return seconds, usage.ru_maxrss * 1024


def interleaved(contenders, rounds):
    """Each round runs every contender once, so that a machine that slows down slows all of them."""
    for _ in range(rounds):
        for measurement, attempt in contenders:
            seconds, memory = attempt()
            measurement.seconds.append(seconds)
            measurement.memory.append(memory)


def table(title, measurements, limit):
    """Medians beside the limit: rows a second, the ratio, and the most memory."""
    print(f"\n{title}")
    print(f"  {'':44} {'seconds':>8} {'k rows/s':>9} {'ratio':>6} {'peak MB':>8}")
    for one in measurements:
        median = statistics.median(one.seconds)
        spread = f"{min(one.seconds):.2f}-{max(one.seconds):.2f}"
        print(f"  {one.name:44} {median:8.2f} {one.rate / 1000:9.0f} {one.rate / limit.rate:6.2f} "
              f"{one.peak / 1e6:8.0f}   ({spread})", flush=True)
