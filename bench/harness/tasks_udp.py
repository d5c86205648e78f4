"""UDP: what is stored of what is offered, the highest rate without loss, and an unthrottled burst."""

import time

from . import limits, measure
from .catchbasin import Catchbasin
from .tasks import Task, judge

LADDER = {True: (0,), False: (25000, 50000, 100000, 150000, 200000, 300000, 0)}   # 0: unthrottled
SLOW_LADDER = {True: (500,), False: (200, 500, 1000)}                            # for who commits every message
TRIAL_S = {True: 0.7, False: 1.5}
CONFIRM_S = {True: 2, False: 10}
BURST = {True: 100000, False: 1000000}
SHAPE = {True: "1@20000,0.3@0,1@20000", False: "2@50000,2.5@0,3@50000"}
SAMPLE_S = 0.02
STEP_S = 0.1     # of the plot
STEADY_ROUNDS = 2
BARE = "limit: receive only"


class Trial:
    """What one rate led to."""

    def __init__(self, offered, sent, stored, rate, cpu):
        self.offered, self.sent, self.stored = offered, sent, stored
        self.rate = rate        # until the last row was there, what had waited in queues included
        self.cpu_per_million = cpu / stored * 1e6 if stored else None

    @property
    def share(self):
        return self.stored / self.sent

    @property
    def lost(self):
        return self.sent - self.stored


def trial(stage, kind, rate, seconds, what, peak=None):
    """One rate, one fresh receiver; kind None: the bare receiver."""
    options = {"rate": rate, "seconds": seconds, "size": 120}
    if kind is None:
        counted, sent = limits.receive(stage.lab, False, **options)
        return Trial(sent["rate"], sent["sent"], counted["messages"], counted["rate"], counted["cpu"])
    outcome = measure.run(stage.lab, kind, False, kind.durabilities[0], **options)
    if kind is Catchbasin:
        judge(stage, what, outcome, False)
    if peak is not None:
        peak.append(outcome.peak_mib)
    return Trial(outcome.offered, outcome.sent, outcome.rows, outcome.rate, outcome.cpu)


def name_of(kind):
    return kind.name if kind else BARE


def climb(stage, kind, found):
    """Tries the ladder of rates, then between the highest without loss and the lowest with."""
    slow = kind is not None and kind.slow
    good, bad, best, last, beyond = 0, None, 0, None, False
    ladder = list((SLOW_LADDER if slow else LADDER)[stage.quick])
    refinements = 0 if stage.quick or slow else 3
    while ladder:
        rate = ladder.pop(0)
        if rate and beyond:
            continue    # the generator cannot
        t = trial(stage, kind, rate, TRIAL_S[stage.quick], f"udp at {rate}")
        stage.out.put("udp-offered", name_of(kind), rate or "unthrottled", 1, {
            ("offered", "msg/s"): t.offered, ("stored", "msg/s"): t.share * t.offered, ("share", "%"): 100 * t.share})
        beyond = rate and t.offered < 0.9 * rate
        best, last = max(best, t.rate), t if rate == 0 else last
        if t.lost == 0:
            good = max(good, t.offered)
        elif bad is None or t.offered < bad:
            bad = t.offered
        if not ladder and bad and refinements and bad > good > 0 and bad / good > 1.04:
            ladder.append(int((good + bad) / 2))
            refinements -= 1
    if last and last.lost == 0 and last.rate > 0.95 * last.offered:
        found[name_of(kind)] = 0
        return f"{last.offered:10,.0f} msg/s without loss, unthrottled"
    # What a queue swallowed in a short time does not last.
    found[name_of(kind)] = int(min(good, best) or 0.8 * best)
    return f"{good:10,.0f} msg/s without loss"


def confirm(stage, kind, found, round_no):
    """The rate found must hold for long; if it does not, a little less is tried."""
    name, seconds = name_of(kind), CONFIRM_S[stage.quick]
    if name not in found:
        return "not tried"
    rate, peaks = found[name], []
    for _ in range(4):
        t = trial(stage, kind, rate, seconds, f"udp-steady round {round_no}", peaks)
        if t.lost == 0:
            break
        rate = int(max(0.5 * t.offered, min(0.93 * t.offered, 0.98 * t.rate)))
    values = {("steady rate", "msg/s"): t.offered if t.lost == 0 else 0, ("cpu", "s/M"): t.cpu_per_million,
              ("peak RSS", "MiB"): peaks[-1] if peaks else None}
    stage.out.put("udp-steady", name, None, round_no, values)
    found[name] = rate
    return f"{t.offered:10,.0f} msg/s for {seconds} s, {t.lost:,} lost  {t.cpu_per_million or 0:5.2f} CPU s/M"


def burst(stage, kind, round_no):
    """As fast as the generator can."""
    outcome = measure.run(stage.lab, kind, False, kind.durabilities[0], count=BURST[stage.quick], seconds=60, rate=0,
                          size=120)
    values = {("stored", "%"): 100 * outcome.rows / outcome.sent, ("offered", "msg/s"): outcome.offered,
              ("cpu", "s/M"): outcome.cpu_per_million, ("peak RSS", "MiB"): outcome.peak_mib}
    if kind is Catchbasin:
        judge(stage, f"udp-burst round {round_no}", outcome, False)
        values[("not in the books", "messages")] = outcome.ledger_error
    stage.out.put("udp-burst", kind.name, None, round_no, values)
    return f"{100 * outcome.rows / outcome.sent:5.1f} % of {outcome.sent:,} stored"


def sample_burst(receiver, load):
    """What the daemon says of itself, while the load runs and until its queue is empty."""
    samples = []
    while True:
        over = not load.running()
        total = receiver.status()["total"]
        samples.append((time.time(), total["received"], total["stored"], total["queued"] + total["in_flight"],
                        total["lost"]))
        if over and samples[-1][3] == 0:
            return samples
        time.sleep(SAMPLE_S)


def through_a_burst(stage):
    """Rate over time: received, stored, queue."""
    outcome = measure.run(stage.lab, Catchbasin, False, beside=sample_burst, shape=SHAPE[stage.quick], size=120,
                          sample_ms=int(STEP_S * 1000))
    judge(stage, "udp-time", outcome, False)
    start = outcome.samples[0][0]
    for before, now in zip(outcome.sends, outcome.sends[1:]):
        stage.out.put("udp-time", "offered", round(now[0] - start, 3), 1, {
            ("rate", "msg/s"): (now[1] - before[1]) / (now[0] - before[0])})
    before = outcome.samples[0]
    for now in outcome.samples[1:]:
        seconds = now[0] - before[0]
        if seconds < STEP_S:
            continue
        x = round(now[0] - start, 3)
        for series, at in (("received", 1), ("stored", 2)):
            stage.out.put("udp-time", series, x, 1, {("rate", "msg/s"): (now[at] - before[at]) / seconds})
        stage.out.put("udp-time", "queue", x, 1, {("waiting", "messages"): now[3]})
        before = now
    return f"{outcome.sent:,} sent, {100 * outcome.rows / outcome.sent:.1f} % stored"


def tasks(stage, found):
    """Once: the ladders and the picture of a burst."""
    quick = stage.quick
    kinds = (Catchbasin, None) + tuple(kind for kind in stage.rivals if kind.datagrams)
    made = [Task(f"udp by rate: {name_of(kind)}", 2 if quick else 20, lambda k=kind: climb(stage, k, found))
            for kind in kinds if not (quick and kind and kind.slow)]
    made.append(Task("udp through a burst: catchbasin", 3 if quick else 8, lambda: through_a_burst(stage)))
    return made


def round_tasks(stage, found, round_no, with_rivals):
    """In every round: the steady rate and the burst."""
    quick = stage.quick
    rivals = tuple(kind for kind in stage.rivals if kind.datagrams) if with_rivals else ()
    made = [Task(f"udp steady: {name_of(kind)}", 3 if quick else 14, lambda k=kind: confirm(stage, k, found, round_no))
            for kind in (Catchbasin, None) + rivals if round_no <= STEADY_ROUNDS and not (kind and kind.slow)]
    made += [Task(f"udp burst: {kind.name}", 2 if quick else 5, lambda k=kind: burst(stage, k, round_no))
             for kind in (Catchbasin,) + rivals if not (quick and kind.slow)]
    return made
