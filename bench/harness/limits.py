"""The two limits, measured in turn with the receivers: SQLite alone, and a socket that is only read."""

import dataclasses
import json
import os
import time

from . import proc
from .lab import Load, Unavailable, run_json


@dataclasses.dataclass(frozen=True)
class Variant:
    """A way to insert."""

    way: str
    page: int
    wal_mib: int
    numbered: bool = False  # ids by SQLite
    as_we_do: bool = False  # files are written as the daemon writes them

    @property
    def name(self):
        ways = {"one": "one-row INSERT", "values": "64-row INSERT", "table": "virtual table"}
        return (f"{ways[self.way]}, {self.page // 1024} KiB pages, log {self.wal_mib} MiB"
                f"{', ids by SQLite' if self.numbered else ''}{', written as we do' if self.as_we_do else ''}")

    @property
    def flags(self):
        return ["-i"] * self.numbered + ["-f"] * self.as_we_do


PLAIN = Variant("one", 4096, 16)
GRID = (
    Variant("values", 4096, 16),
    Variant("values", 16384, 16),
    Variant("table", 4096, 16),
    Variant("table", 16384, 16),
    Variant("table", 8192, 16, numbered=True),
    Variant("table", 16384, 16, numbered=True),
    Variant("table", 16384, 64, numbered=True),
    Variant("table", 32768, 16, numbered=True),
    Variant("table", 32768, 64, numbered=True),
)
SHORT_GRID = (GRID[1], GRID[5])


def insert(lab, variant, durability, rows, size=120):
    """One insert loop into a fresh file; what bench/limits says."""
    directory = lab.new_directory("insert")
    os.sync()
    try:
        return run_json([lab.program("bench/limits"), "insert", "-v", variant.way, "-p", str(variant.page), "-w",
                         str(variant.wal_mib), "-D", durability, "-n", str(rows), "-s", str(size), *variant.flags,
                         os.path.join(directory, "new.db")])
    finally:
        lab.drop_directory(directory)


def receive(lab, stream, **load_options):
    """A receiver that only reads; what it counted and what was offered, both as dictionaries."""
    directory = lab.new_directory("receive")
    child = load = None
    try:
        command = [lab.program("bench/limits"), "tcp" if stream else "udp", "-m", "1000", "0"]
        child = proc.Child(command, directory, "out")
        port = await_port(child)
        load = Load(lab, f"{'tcp' if stream else 'udp'}://127.0.0.1:{port}", **load_options)
        offered = load.result()
        if not child.wait(10):
            child.end(5)
        counted = json.loads(child.said(1))
        return counted, offered
    finally:
        if load:
            load.end()
        if child and child.running():
            child.end(5)
        lab.drop_directory(directory)


def await_port(child):
    until = time.monotonic() + 10
    while time.monotonic() < until and child.running():
        said = child.said()
        if said.endswith("\n"):
            return json.loads(said)["port"]
        time.sleep(0.01)
    raise Unavailable(f"limits did not start: {child.said()}")
