"""What a task is, and what all tasks may use."""

import dataclasses
import typing

from .results import Writer


@dataclasses.dataclass(frozen=True)
class Task:
    """One step of the plan."""

    label: str
    seconds: float                       # about how long it takes
    run: typing.Callable[[], str]        # does it, writes results, gives a few words for the terminal
    spare: bool = False                  # one round more of what has been measured: left out where time is short


@dataclasses.dataclass(frozen=True)
class Stage:
    """What tasks work with."""

    lab: object
    out: Writer
    rivals: tuple        # those there are
    faults: list         # what catchbasin did wrong; the bench fails if anything is in it
    choice: dict         # durability: the best variants of the insert loop, found by the first tasks

    @property
    def quick(self):
        return self.lab.quick


def judge(stage, what, outcome, stream):
    """catchbasin may not lose on a stream, and never store twice or out of order; what is lost is in its books."""
    faults = {
        "stored twice": outcome.twice,
        "out of order": outcome.disordered,
        "not as sent": outcome.foreign,
        "lost": outcome.missing if stream else 0,
        "not in the books": outcome.ledger_error or 0,
        "not stopped in time": 0 if outcome.stopped else 1,
    }
    for fault, count in faults.items():
        if count:
            stage.faults.append(f"{what}: {count:,} {fault}")
