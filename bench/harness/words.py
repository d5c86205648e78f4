"""What the report says about each measurement, which plots it shows, and which bars must be met."""


def header(machine, versions, quick, date):
    return {"run": True, "machine": machine, "versions": versions, "quick": quick, "date": date}


def bench(name, order, title, says, **plot):
    return dict({"bench": name, "order": order, "title": title, "says": says}, **plot)


DESCRIPTIONS = (
    bench("tcp", 10, "TCP, lines of 120 bytes, 4 connections, by durability",
          "From the first byte sent until the last row is seen, in turn with the limits; `limit: best insert loop` is "
          "SQLite fed from memory, without sockets, threads or queue.",
          plot="bars", metrics=["rate"], not_drawn=["limit: read only"]),
    bench("tcp-connections", 12, "TCP, by number of connections",
          "The same with few and many senders, durability normal.",
          plot="line", metrics=["rate"], log_x=True, x_label="connections", hide=["on disk", "on disk / payload"]),
    bench("tcp-sizes", 14, "TCP, by length of a line",
          "The same with short and long lines, beside the insert loop with rows of that size.",
          plot="line", metrics=["rate"], log_x=True, log_y=True, x_label="bytes of a line"),
    bench("udp-steady", 20, "UDP, the highest steady rate without loss",
          "Found by trying rates; every datagram of the whole time is a row (the bare receiver: was counted). The "
          "generator and the receiver share the machine.",
          plot="bars", metrics=["steady rate"]),
    bench("udp-offered", 22, "UDP, stored against offered",
          "One and a half seconds at each rate, a fresh receiver each time; on the thin line everything offered is "
          "stored.",
          plot="line", metrics=["stored"], x_metric="offered", x_label="offered, msg/s", diagonal=True,
          common_xs=True, hide=["stored"]),
    bench("udp-burst", 24, "UDP, a burst without any pause",
          "As fast as the generator can; how much of it becomes rows, and whether the rest is in the books.",
          plot="bars", metrics=["stored"]),
    bench("udp-time", 26, "Through a burst",
          "A steady flow, then as fast as the generator can, then the steady flow again, as the daemon itself counts.",
          plot="line", metrics=["rate", "waiting"], x_label="seconds", table=False),
    bench("insert", 30, "Ways to insert",
          "The best insert loops found for each durability; the one with the highest median is the limit above."),
)


def bar(name, series, metric, says, **rule):
    return dict({"bench": name, "series": series, "metric": metric, "bar": says}, **rule)


BARS = (
    bar("tcp", "catchbasin", "rate", "TCP: at least 0.90 of the best insert loop",
        over="limit: best insert loop", min=0.9),
    bar("tcp", "catchbasin", "rate", "TCP: at least 0.90 of that loop with its files written as we do (ours)",
        over="limit: best loop, written as we do", min=0.9),
    bar("tcp", "catchbasin", "rate", "TCP: at least 7 × rsyslog", over="rsyslog", min=7),
    bar("tcp", "catchbasin", "rate", "TCP: at least 9 × syslog-ng", over="syslog-ng", min=9),
    bar("tcp", "catchbasin", "rate", "TCP: at least 2.5 × the best Python", over="Python, improved", min=2.5),
    bar("tcp", "catchbasin", "missing", "TCP: nothing lost", max=0),
    bar("tcp", "catchbasin", "twice", "TCP: nothing twice", max=0),
    bar("tcp", "catchbasin", "cpu", "TCP: at most 1.5 CPU seconds per million", max=1.5),
    bar("tcp", "catchbasin", "cpu", "TCP: fewer CPU seconds than rsyslog", over="rsyslog", max=1),
    bar("tcp", "catchbasin", "cpu", "TCP: fewer CPU seconds than syslog-ng", over="syslog-ng", max=1),
    bar("tcp", "catchbasin", "cpu", "TCP: fewer CPU seconds than the best Python", over="Python, improved", max=1),
    bar("tcp", "catchbasin", "peak RSS", "TCP: less memory at its peak than rsyslog", over="rsyslog", max=1),
    bar("tcp", "catchbasin", "peak RSS", "TCP: less memory at its peak than syslog-ng", over="syslog-ng", max=1),
    bar("tcp", "catchbasin", "peak RSS", "TCP: less memory at its peak than the best Python",
        over="Python, improved", max=1),
    bar("tcp", "catchbasin", "on disk / payload", "at most 1.25 bytes on disk per byte of a row's values", max=1.25),
    bar("tcp-connections", "catchbasin", "missing", "TCP, any number of connections: nothing lost", max=0),
    bar("tcp-sizes", "catchbasin", "missing", "TCP, any length: nothing lost", max=0),
    bar("udp-steady", "catchbasin", "steady rate", "UDP: steady without loss, at least 0.9 of a bare receiver",
        over="limit: receive only", min=0.9),
    bar("udp-steady", "catchbasin", "cpu", "UDP: at most 3.5 CPU seconds per million", max=3.5),
    bar("udp-burst", "catchbasin", "stored", "UDP burst: at least 95 % stored", min=95),
    bar("udp-burst", "catchbasin", "not in the books", "UDP burst: the rest is in the books exactly", max=0),
)
