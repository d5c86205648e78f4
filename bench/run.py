#!/usr/bin/env python3
"""Measures catchbasin beside its rivals and its limits; see README.md beside this file."""

import argparse
import dataclasses
import datetime
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from harness import machine, packages, proc, rivals, tasks_tcp, tasks_udp, words    # noqa: E402
from harness.lab import Lab, Unavailable                                             # noqa: E402
from harness.progress import Progress, clock, complain, say                          # noqa: E402
from harness.report import write_report                                              # noqa: E402
from harness.results import Results, Writer, read_all                                # noqa: E402
from harness.tasks import Stage                                                      # noqa: E402

ROUNDS = {True: 1, False: 5}
RIVAL_ROUNDS = {True: 1, False: 3}
# Until then rounds more are begun, so that a slow machine takes no longer than a quarter of an hour for all; and where the
# probes begin later than that, they do with two rounds where they can.
SPARE_SECONDS = 420
PROBES_SECONDS = 510
# The rest is asked of bench/probes.
PROBES = ("latency", "stall", "idle", "bytes", "growth", "debug")
PROBE_SECONDS = 900
HERE = os.path.dirname(os.path.abspath(__file__))


def read_arguments():
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    parser.add_argument("--build", default=".", help="the build directory (here)")
    parser.add_argument("--results", help="where results and report go (BUILD/bench/results)")
    parser.add_argument("--quick", action="store_true", help="everything in small, one round")
    parser.add_argument("--rounds", type=int, help="rounds of what is repeated")
    parser.add_argument("--only", help="only tasks whose label has this in it; no probes")
    parser.add_argument("--list", action="store_true", help="measure nothing, tell what would be done")
    parser.add_argument("--no-rivals", action="store_true")
    parser.add_argument("--no-probes", action="store_true", help="leave out bench/probes")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the report again")
    return parser.parse_args()


def get_rivals(work, wanted):
    """Those that can be had here; the others are told of."""
    kinds, unpacked = [], {}
    for kind in rivals.RIVALS if wanted else ():
        try:
            for command in kind.needs:
                if not shutil.which(command):
                    raise Unavailable(f"{command} is missing")
            if kind.packaged:
                say(f"fetching {kind.name} ...")
                unpacked[kind.name] = packages.Packages(work, kind.name)
            kinds.append(kind)
        except Unavailable as error:
            complain(f"goes on without {kind.name}: {error}")
    return tuple(kinds), unpacked


def spared(tasks):
    return [dataclasses.replace(task, spare=True) for task in tasks]


def plan(stage, args):
    """All tasks, in the order in which they are run: receivers and limits in turn, round by round."""
    rounds, rival_rounds = (args.rounds or table[args.quick] for table in (ROUNDS, RIVAL_ROUNDS))
    found = {}
    made = tasks_tcp.search_tasks(stage) + tasks_udp.tasks(stage, found)
    for n in range(1, rounds + 1):
        base = tasks_tcp.base_tasks(stage, n, n <= rival_rounds)
        if n > rival_rounds:
            made += spared(base)
            continue
        rest = tasks_tcp.shape_tasks(stage, n) + tasks_udp.round_tasks(stage, found, n, n == 1)
        made += base + (spared(rest) if n > 1 else rest)
    return [task for task in made if not args.only or args.only in task.label]


def list_plan(args):
    """What would be done, if all rivals can be had."""
    lab = Lab(build=args.build, source=HERE, work="", quick=args.quick, packages={})
    made = plan(Stage(lab=lab, out=None, rivals=rivals.RIVALS, faults=[], choice={}), args)
    for task in made:
        say(f"{task.seconds:5.1f} s  {task.label}")
    say(f"about {clock(sum(task.seconds for task in made))}, and the probes")


def run_all(made):
    progress = Progress([task.seconds for task in made])
    for task in made:
        progress.begin(task.label)
        try:
            late = task.spare and progress.gone() > SPARE_SECONDS
            progress.end("left out, as time is short" if late else task.run())
        except Unavailable as error:
            progress.end(f"not measured: {error}")


def run_probes(args, gone):
    """The measurements of bench/probes: scripts that print lines for the results. Gives those that failed."""
    failed = []
    environment = dict(os.environ, top_srcdir=os.path.dirname(HERE), top_builddir=args.build, BASH_ENV="",
                       **({"QUICK": "1"} if args.quick else {}))
    if gone > PROBES_SECONDS:
        environment.setdefault("GROWTH_ROUNDS", "2")
    for number, name in enumerate(() if args.no_probes or args.only else PROBES, 20):
        script = os.path.join(HERE, "probes", name + ".sh")
        if not os.path.exists(script):
            continue
        say(f"\n{name}:")
        with open(os.path.join(args.results, f"{number}-{name}.jsonl"), "wb") as out:
            child = subprocess.Popen(["bash", script], stdout=out,
                                     stdin=subprocess.DEVNULL, env=environment)
            try:
                status = child.wait(PROBE_SECONDS)
            except subprocess.TimeoutExpired:
                status = f"none within {PROBE_SECONDS} s"
            finally:
                if child.poll() is None:
                    child.terminate()
                    child.wait(30)
        if status:
            failed.append(f"probe {name} ended with status {status}")
    return failed


def measure(args, work):
    kinds, unpacked = get_rivals(work, not args.no_rivals)
    lab = Lab(build=args.build, source=HERE, work=work, quick=args.quick, packages=unpacked)
    versions = {name: rival.version for name, rival in unpacked.items()}
    out = Writer(args.results, "10-main.jsonl")
    out.line(words.header(machine.describe(work), versions, args.quick, datetime.date.today().isoformat()))
    for line in words.DESCRIPTIONS + words.BARS:
        out.line(line)
    stage = Stage(lab=lab, out=out, rivals=kinds, faults=[], choice={})
    run_all(plan(stage, args))
    tasks_tcp.choose_limit(stage, Results(read_all(args.results)))
    for fault in stage.faults:
        out.line({"fault": fault})
    out.close()
    return stage.faults


def clear(directory):
    """Takes away what an earlier run wrote there, and nothing else."""
    for path in glob.glob(os.path.join(directory, "*")):
        if path.endswith((".jsonl", ".svg")) or os.path.basename(path) == "RESULTS.md":
            os.remove(path)


def main():
    args = read_arguments()
    args.build = os.path.abspath(args.build)
    args.results = os.path.abspath(args.results or os.path.join(args.build, "bench", "results"))
    if args.list:
        list_plan(args)
        return 0
    faults, started = [], time.monotonic()
    # Told to end, it cleans up as if it had ended by itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    proc.adopt_orphans()
    if not args.report:
        clear(args.results)
        work = tempfile.mkdtemp(prefix="catchbasin-bench.", dir=os.environ.get("TMPDIR", "/tmp"))
        try:
            faults = measure(args, work)
            faults += run_probes(args, time.monotonic() - started)
        except KeyboardInterrupt:
            complain("interrupted")
            return 130
        finally:
            shutil.rmtree(work, ignore_errors=True)
    bars_failed = write_report(read_all(args.results), args.results)
    say(f"\n{clock(time.monotonic() - started)}; the report: {os.path.join(args.results, 'RESULTS.md')}")
    for fault in faults:
        complain(f"FAULT: {fault}")
    for bar in bars_failed:
        say(f"below its bar: {bar}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
