"""One measurement: a fresh receiver, a load, what became of it."""

import dataclasses
import os
import time

from .lab import Load, Unavailable

START_PATIENCE = 60


@dataclasses.dataclass
class Outcome:
    """What one run of one receiver gave."""

    sent: int = 0
    offered: float = 0.0     # messages a second the generator really offered
    seconds: float = 0.0     # from the first send until the last row was seen
    rows: int = 0
    missing: int = 0
    twice: int = 0
    disordered: int = 0
    foreign: int = 0
    cpu: float = 0.0         # seconds of the receiver and its children, start and stop included
    peak_mib: float = 0.0
    bytes_on_disk: int = 0
    ledger_error: int = None  # sent - rows - what the receiver itself says it lost
    payload_per_row: float = None
    stopped: bool = True
    samples: tuple = ()      # what `beside` noted
    sends: tuple = ()        # the generator's own samples: (unix seconds, messages sent)

    @property
    def rate(self):
        return self.rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def cpu_per_million(self):
        return self.cpu / self.rows * 1e6 if self.rows else None

    def values(self):
        """As metrics for the results."""
        return {
            ("rate", "rows/s"): self.rate,
            ("cpu", "s/M"): self.cpu_per_million,
            ("peak RSS", "MiB"): self.peak_mib,
            ("missing", "messages"): self.missing,
            ("twice", "messages"): self.twice,
            ("out of order", "messages"): self.disordered,
            ("on disk", "B/row"): self.bytes_on_disk / self.rows if self.rows else None,
        }


def watch(receiver, load, idle_s, patience):
    """Until the load is over and nothing more is stored; when the last row was seen, and a trace of rows over time."""
    last_rows, last_at, looked, trace = 0, time.time(), 0.0, []
    sent, until = None, time.monotonic() + patience
    while time.monotonic() < until:
        rows, now = receiver.rows(), time.time()
        if rows != last_rows:
            last_rows, last_at = rows, now
            trace.append((now, rows))
        if time.monotonic() - looked > 0.1:
            receiver.child.look()
            looked = time.monotonic()
            if not receiver.child.running():
                break
        if sent is None and not load.running():
            sent = load.result()
            last_at = max(last_at, sent["ended_at"] / 1e9) if rows < sent["sent"] else last_at
        if sent is not None and (rows >= sent["sent"] or now - last_at > idle_s):
            break
        time.sleep(receiver.poll_s)
    return sent or load.result(), trace


def settle_unseen(receiver, load, patience):
    """For a receiver whose rows are seen only at its end: until it ends by itself."""
    until = time.monotonic() + patience
    while receiver.child.running() and time.monotonic() < until:
        receiver.child.look()
        time.sleep(0.01)
    at = time.time()
    return load.result(), [(at, receiver.rows())]


def run(lab, kind, stream, durability="normal", idle_s=1.5, patience=90, beside=None, **load_options):
    """Starts a receiver of that kind, sends, waits until it has stored what it will store, stops it, checks.
    beside: called with receiver and load after the load has begun, for what else is to be noted."""
    receiver = kind(lab, stream, durability)
    # What an earlier run left for the disk is not this one's.
    os.sync()
    outcome, load = Outcome(), None
    try:
        receiver.start()
        load = Load(lab, receiver.url, **load_options)
        if beside:
            outcome.samples = beside(receiver, load)
        if receiver.live:
            sent, trace = watch(receiver, load, idle_s, patience)
        else:
            sent, trace = settle_unseen(receiver, load, patience)
        outcome.stopped = receiver.stop()
        outcome.sends = tuple((one["at"] / 1e9, one["sent"]) for one in sent["samples"])
        outcome.sent, outcome.offered = sent["sent"], sent["rate"]
        if trace:
            outcome.seconds = trace[-1][0] - sent["started_at"] / 1e9
        collect(receiver, sent, outcome)
    finally:
        if load:
            load.end()
        if receiver.child and receiver.child.running():
            receiver.stop(10)
        receiver.drop()
    return outcome


def collect(receiver, sent, outcome):
    if outcome.sent == 0:
        raise Unavailable(f"{receiver.name}: the generator sent nothing")
    kept = receiver.kept(sent["counts"])
    outcome.rows, outcome.missing, outcome.twice = kept["rows"], kept["missing"], kept["twice"]
    outcome.disordered, outcome.foreign = kept["disordered"], kept["foreign"]
    outcome.cpu, outcome.peak_mib = receiver.child.cpu, receiver.child.peak_mib()
    outcome.bytes_on_disk = receiver.bytes_on_disk()
    if hasattr(receiver, "losses"):
        outcome.ledger_error = outcome.sent - outcome.rows - receiver.losses()
        outcome.payload_per_row = receiver.payload_per_row()
