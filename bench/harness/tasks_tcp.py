"""TCP: rate, cost and safety of every receiver, by durability, connections and size of a line."""

import dataclasses

from . import limits, measure
from .catchbasin import Catchbasin
from .tasks import Task, judge

# Messages of a run, full and quick: about three seconds' worth, and what is seen in one.
COUNTS = {
    "catchbasin": (3000000, 300000),
    "rsyslog": (300000, 50000),
    "syslog-ng": (250000, 50000),
    "Python, improved": (800000, 150000),
    "Python, tutorial": (2000, 300),
    "nc | sqlite3": (1500000, 200000),
}
SHAPE_COUNT = (2000000, 300000)
LIMIT_ROWS = (2000000, 300000)
PLAIN_ROWS = (1000000, 100000)
CONNECTIONS = (1, 8, 64, 1000)
SIZES = {20: (2000000, 300000), 1024: (500000, 50000), 16384: (40000, 5000)}   # size: messages
BASE = {"connections": 4, "size": 120}
LIMIT = "limit: best insert loop"
AS_WE_DO = "limit: best loop, written as we do"
SEARCH_ROWS = (600000, 200000)


def pick(pair, quick):
    return pair[1 if quick else 0]


def receive(stage, kind, bench, x, round_no, durability="normal", **options):
    """One receiver, one run."""
    options["connections"] = min(options["connections"], kind.connections)
    outcome = measure.run(stage.lab, kind, True, durability, seconds=60, **options)
    values = outcome.values()
    if kind is Catchbasin:
        judge(stage, f"{bench} {x} round {round_no}", outcome, True)
        if options["size"] == 120:
            values[("on disk / payload", "")] = outcome.bytes_on_disk / outcome.rows / outcome.payload_per_row
    stage.out.put(bench, kind.name, x, round_no, values)
    words = f"{outcome.rate:10,.0f} rows/s  {outcome.cpu_per_million or 0:5.2f} CPU s/M"
    return words + (f"  {outcome.missing:,} missing" if outcome.missing else "")


def insert(stage, series, variant, bench, x, round_no, durability, rows, size=120):
    said = limits.insert(stage.lab, variant, durability, rows, size)
    stage.out.put(bench, series, x, round_no, {
        ("rate", "rows/s"): said["rate"], ("cpu", "s/M"): said["cpu"] / said["rows"] * 1e6,
        ("peak RSS", "MiB"): said["peak_kib"] / 1024})
    return f"{said['rate']:10,.0f} rows/s"


def read_only(stage, bench, x, round_no, count):
    counted, _ = limits.receive(stage.lab, True, count=count, seconds=60, **BASE)
    stage.out.put(bench, "limit: read only", x, round_no, {
        ("rate", "rows/s"): counted["rate"], ("cpu", "s/M"): counted["cpu"] / counted["messages"] * 1e6,
        ("peak RSS", "MiB"): counted["peak_kib"] / 1024})
    return f"{counted['rate']:10,.0f} lines/s"


def search(stage, durability):
    """Tries every way to insert, and keeps the best for the rounds."""
    rates = {}
    for variant in limits.SHORT_GRID if stage.quick else limits.GRID:
        rates[variant] = limits.insert(stage.lab, variant, durability, pick(SEARCH_ROWS, stage.quick))["rate"]
    best = sorted(rates, key=rates.get, reverse=True)
    as_we_do = dataclasses.replace(best[0], as_we_do=True)
    stage.choice[durability] = [*best[:1 if stage.quick else 2], as_we_do]
    return f"{rates[best[0]]:10,.0f} rows/s  {best[0].name}"


def variants(stage, durability, round_no):
    """The best ways to insert, once more in every round; the best median is the limit."""
    said = ""
    for variant in chosen(stage, durability):
        said = insert(stage, variant.name, variant, "insert", durability, round_no, durability,
                      pick(LIMIT_ROWS, stage.quick))
    return said + f"  ({len(chosen(stage, durability))} variants)"


def chosen(stage, durability):
    """Without a search: what is usually the best."""
    best = limits.SHORT_GRID[-1]
    return stage.choice.get(durability, [best, dataclasses.replace(best, as_we_do=True)])


def choose_limit(stage, results):
    """The way to insert with the best median is the limit; its rounds go into the table of TCP."""
    notes = []
    for durability in results.of("insert", 2):
        measured = [s for s in results.of("insert", 1) if results.rounds("insert", s, durability, "rate")]
        for limit in (LIMIT, AS_WE_DO):
            best = max((s for s in measured if s.endswith("written as we do") == (limit == AS_WE_DO)),
                       key=lambda s: results.median("insert", s, durability, "rate"))
            if limit == LIMIT:
                notes.append(f"{best} ({durability})")
            for metric in results.of("insert", 3):
                for round_no, value in results.rounds("insert", best, durability, metric).items():
                    stage.out.put("tcp", limit, durability, round_no,
                                  {(metric, results.units[("insert", metric)]): value})
    if notes:
        stage.out.line({
            "bench": "tcp", "note": f"The best insert loop found: {', '.join(notes)}; 4,096 rows a transaction."})


def search_tasks(stage):
    return [Task(f"insert loops, {durability}", 1 if stage.quick else 8, lambda d=durability: search(stage, d))
            for durability in Catchbasin.durabilities]


def base_tasks(stage, round_no, with_rivals):
    """Every receiver at 120 bytes; each beside the limits of its durability."""
    quick = stage.quick
    tasks = []
    for durability in Catchbasin.durabilities:
        count = pick(COUNTS["catchbasin"], quick)
        tasks.append(Task(f"tcp {durability}: catchbasin", 1.2 if quick else 4.5, lambda d=durability, n=count: receive(
            stage, Catchbasin, "tcp", d, round_no, d, count=n, **BASE)))
        tasks.append(Task(f"tcp {durability}: best insert loops", 0.6 if quick else 5,
                          lambda d=durability: variants(stage, d, round_no)))
        if not with_rivals:
            continue
        tasks.append(Task(f"tcp {durability}: one-row INSERT", 0.4 if quick else 2, lambda d=durability: insert(
            stage, "limit: one-row INSERT", limits.PLAIN, "tcp", d, round_no, d, pick(PLAIN_ROWS, quick))))
        for kind in stage.rivals:
            if durability not in kind.durabilities[:1 if quick else None]:
                continue
            tasks.append(Task(f"tcp {durability}: {kind.name}", 1.2 if quick else 3, lambda k=kind, d=durability: receive(
                stage, k, "tcp", d, round_no, d, count=pick(COUNTS[k.name], quick), **BASE)))
    if with_rivals:
        tasks.append(Task("tcp: read only", 2, lambda: read_only(
            stage, "tcp", "normal", round_no, pick(COUNTS["catchbasin"], quick))))
    return tasks


def shape_tasks(stage, round_no):
    """catchbasin with few and many connections, short and long lines."""
    quick = stage.quick
    tasks = []
    many = pick(SHAPE_COUNT, quick)
    for connections in (1, 1000) if quick else CONNECTIONS:
        label = f"tcp, {connections} connections: catchbasin"
        tasks.append(Task(label, 1 if quick else 3, lambda c=connections: receive(
            stage, Catchbasin, "tcp-connections", c, round_no, count=many, connections=c, size=120)))
    for size, counts in SIZES.items():
        count = pick(counts, quick)
        tasks.append(Task(f"tcp, {size} B: catchbasin", 0.8 if quick else 3, lambda s=size, n=count: receive(
            stage, Catchbasin, "tcp-sizes", s, round_no, count=n, connections=4, size=s)))
        tasks.append(Task(f"tcp, {size} B: best insert loop", 0.5 if quick else 2.5, lambda s=size, n=count: insert(
            stage, LIMIT, chosen(stage, "normal")[0], "tcp-sizes", s, round_no, "normal", n, s)))
    return tasks
