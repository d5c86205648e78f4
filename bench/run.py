#!/usr/bin/env python3
"""Measures catchbasin beside its rivals and its limits; see README.md beside this file."""

import argparse
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
HERE = os.path.dirname(os.path.abspath(__file__))


def read_arguments():
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    parser.add_argument("--build", default=".", help="the build directory (here)")
    parser.add_argument("--results", help="where results and report go (BUILD/bench/results)")
    parser.add_argument("--quick", action="store_true", help="everything in small, one round")
    parser.add_argument("--rounds", type=int, help="rounds of what is repeated")
    parser.add_argument("--only", help="only tasks whose label has this in it")
    parser.add_argument("--no-rivals", action="store_true")
    parser.add_argument("--no-probes", action="store_true", help="leave out bench/probes")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the report again")
    return parser.parse_args()


def get_rivals(work, wanted):
    """Those that can be had here; the others are told of."""
    kinds, unpacked = [], {}
    for kind in rivals.RIVALS if wanted else ():
        try:
            if kind.packaged:
                unpacked[kind.name] = packages.Packages(work, kind.name)
            kinds.append(kind)
        except Unavailable as error:
            complain(f"goes on without {kind.name}: {error}")
    return tuple(kinds), unpacked


def plan(stage, rounds, rival_rounds):
    """All tasks, in the order in which they are run: receivers and limits in turn, round by round."""
    found = {}
    made = tasks_tcp.search_tasks(stage) + tasks_udp.tasks(stage, found)
    for n in range(1, rounds + 1):
        made += tasks_tcp.base_tasks(stage, n, n <= rival_rounds)
        if n <= rival_rounds:
            made += tasks_tcp.shape_tasks(stage, n) + tasks_udp.round_tasks(stage, found, n, n == 1)
    return made


def run_all(made):
    progress = Progress([task.seconds for task in made])
    for task in made:
        progress.begin(task.label)
        try:
            progress.end(task.run())
        except Unavailable as error:
            progress.end(f"not measured: {error}")


def run_probes(args):
    """The measurements of bench/probes, into the same results."""
    program = os.path.join(HERE, "probes", "run.py")
    if args.no_probes or args.only or not os.path.exists(program):
        return 0
    command = [sys.executable, "-B", program, "--build", args.build, "--results", args.results]
    return subprocess.run(command + (["--quick"] if args.quick else []), check=False).returncode


def measure(args, work):
    kinds, unpacked = get_rivals(work, not args.no_rivals)
    lab = Lab(build=args.build, source=HERE, work=work, quick=args.quick, packages=unpacked)
    versions = {name: rival.version for name, rival in unpacked.items()}
    out = Writer(args.results, "10-main.jsonl")
    out.line(words.header(machine.describe(work), versions, args.quick, datetime.date.today().isoformat()))
    for line in words.DESCRIPTIONS + words.BARS:
        out.line(line)
    stage = Stage(lab=lab, out=out, rivals=kinds, faults=[], choice={})
    made = plan(stage, args.rounds or ROUNDS[args.quick], args.rounds or RIVAL_ROUNDS[args.quick])
    run_all([task for task in made if not args.only or args.only in task.label])
    tasks_tcp.choose_limit(stage, Results(read_all(args.results)))
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
    faults, status, started = [], 0, time.monotonic()
    # Told to end, it cleans up as if it had ended by itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    proc.adopt_orphans()
    if not args.report:
        clear(args.results)
        work = tempfile.mkdtemp(prefix="catchbasin-bench.", dir=os.environ.get("TMPDIR", "/tmp"))
        try:
            faults = measure(args, work)
            status = run_probes(args)
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
    return 1 if faults or status else 0


if __name__ == "__main__":
    sys.exit(main())
