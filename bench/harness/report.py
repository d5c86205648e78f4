"""Writes RESULTS.md and its plots out of the measurements."""

import os

from . import plot
from .results import Results

US = "catchbasin"
BARS_ONLY = ("books balanced",)    # metrics that are told among the bars and nowhere else
COMPARED = (("tcp", "rate", "rate"), ("tcp", "cpu", "CPU per message"), ("tcp", "peak RSS", "peak RSS"),
            ("udp-steady", "steady rate", "rate"), ("udp-steady", "cpu", "CPU per message"))
INTRO = """\
# Results

{machine}.{versions} {date}

Repeat with `make bench`{scope}. Figures are medians over the rounds, the smallest and the largest in parentheses.
Receivers and limits were run in turn, so a ratio is the median of the rounds' own ratios; only ratios say something
about another machine.
"""


def number(value):
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100 or value == int(value):
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"


def cell(results, bench, series, x, metric):
    """The median and its spread."""
    values = list(results.rounds(bench, series, x, metric).values())
    if not values:
        return "–"
    middle, low, high = number(results.median(bench, series, x, metric)), number(min(values)), number(max(values))
    return middle if low == high else f"{middle} ({low}–{high})"


def table(head, rows):
    def row(words):
        return "| " + " | ".join(str(word).replace("|", "\\|") for word in words) + " |"
    return [row(head), "|---" + "|--:" * (len(head) - 1) + "|", *(row(words) for words in rows), ""]


def unit_of(results, bench, metric):
    unit = results.units[(bench, metric)]
    return f"{metric}, {unit}" if unit and unit not in metric else metric


def is_quiet(results, bench, metric):
    """Faults that did not happen need no column of zeros; the sentence below the table says so."""
    return results.units[(bench, metric)] in ("messages", "rows") and not any(
        value for key, rounds in results.cells.items() if key[0] == bench and key[3] == metric
        for value in rounds.values())


def tables_of(results, bench):
    """One series: metrics down, xs across. Several: series down, and for each metric a table with its xs across. What
    has no x or is the only one: metrics across."""
    meta = results.meta.get(bench, {})
    series, xs, metrics = (results.of(bench, place) for place in (1, 2, 3))
    if meta.get("common_xs"):
        xs = [x for x in xs if sum(any(key[:3] == (bench, s, x) for key in results.cells) for s in series) > 1]
    metrics = [metric for metric in metrics if metric not in (*meta.get("hide", ()), *BARS_ONLY)]
    quiet = [metric for metric in metrics if is_quiet(results, bench, metric)]
    shown = [metric for metric in metrics if metric not in quiet]
    lone = xs[0] if len(xs) == 1 else None
    wide = {metric: [x for x in xs if x != lone and any(results.rounds(bench, s, x, metric) for s in series)]
            for metric in shown}
    lines = []
    if len(series) == 1:
        across = [x for x in xs if any(x in wide[metric] for metric in shown)]
        rows = [[unit_of(results, bench, metric)] + [cell(results, bench, series[0], x, metric) for x in across]
                for metric in shown if wide[metric]]
        lines += table([series[0]] + across, rows) if rows else []
    else:
        for metric in shown:
            having = [s for s in series if any(results.rounds(bench, s, x, metric) for x in wide[metric])]
            if having:
                lines += table([unit_of(results, bench, metric)] + wide[metric],
                               [[s] + [cell(results, bench, s, x, metric) for x in wide[metric]] for s in having])
    flat = [metric for metric in shown if any(results.rounds(bench, s, lone, metric) for s in series)]
    having = [s for s in series if any(results.rounds(bench, s, lone, metric) for metric in flat)]
    if flat:
        lines += table([lone or ""] + [unit_of(results, bench, metric) for metric in flat],
                       [[s] + [cell(results, bench, s, lone, metric) for metric in flat] for s in having])
    if quiet:
        lines += [f"None in any run: {', '.join(quiet)}.", ""]
    return lines


def points_of(results, bench, series, metric, x_metric):
    """(x, median, min, max) of every x that is a number."""
    found = []
    for x in results.of(bench, 2):
        values = list(results.rounds(bench, series, x, metric).values())
        at = results.median(bench, series, x, x_metric) if x_metric else x
        if values and isinstance(at, (int, float)):
            found.append((at, results.median(bench, series, x, metric), min(values), max(values)))
    return found


def draw(results, bench, meta):
    """The SVG a bench asks for, or None."""
    metrics = meta.get("metrics") or ([meta["metric"]] if "metric" in meta else results.of(bench, 3)[:1])
    title = meta.get("title", bench)
    if meta.get("plot") == "line":
        panels = []
        for metric in metrics:
            curves = {s: points_of(results, bench, s, metric, meta.get("x_metric")) for s in results.of(bench, 1)}
            curves = {s: points for s, points in curves.items() if points}
            if curves:
                panels.append((unit_of(results, bench, metric), curves))
        return plot.curves(title, panels, meta.get("x_label", ""), meta.get("log_x") or meta.get("logx"),
                           meta.get("diagonal"), meta.get("log_y")) if panels else None
    if meta.get("plot") == "bars":
        groups = []
        for x in results.of(bench, 2):
            rows = []
            for s in results.of(bench, 1):
                values = list(results.rounds(bench, s, x, metrics[0]).values())
                if values and s not in meta.get("not_drawn", ()):
                    rows.append((s, results.median(bench, s, x, metrics[0]), min(values), max(values)))
            groups.append(("" if x is None else str(x), sorted(rows, key=lambda row: -row[1])))
        return plot.bars(title, groups, results.units[(bench, metrics[0])]) if groups else None
    return None


def judge_bar(results, rule):
    """Rows (bench, what, measured, met or not) for one bar; one for each x."""
    rows = []
    xs = [rule["x"]] if "x" in rule else results.of(rule["bench"], 2)
    for x in xs:
        args = (rule["bench"], rule["series"])
        if "over" in rule:
            value = results.ratio(*args, rule["over"], x, rule["metric"], rule.get("over_x"))
        else:
            value = results.median(*args, x, rule["metric"])
        if value is None:
            continue
        met = rule.get("min", value) <= value <= rule.get("max", value)
        where = "" if x is None else f" ({x})"
        rows.append((rule["bench"], rule["bar"] + where, number(value), "met" if met else "**not met**"))
    return rows


def bars_section(results):
    rows = [row for rule in results.bars for row in judge_bar(results, rule)]
    failed = [f"{row[0]}: {row[1]}: {row[2]}" for row in rows if row[3] != "met"]
    return table(["", "bar", "measured", ""], rows) if rows else [], failed


def ratio_section(results):
    """How many times as fast as each other, and what share of their CPU time: wherever both have been measured."""
    rows = []
    for bench, metric, what in COMPARED:
        for x in results.of(bench, 2):
            name = f"{bench.split('-')[0].upper()}{'' if x is None else ', ' + x}: {what}"
            ratios = {s: results.ratio(bench, US, s, x, metric) for s in results.of(bench, 1) if s != US}
            if any(ratios.values()):
                rows.append((name, ratios))
    names = list(dict.fromkeys(s for _, ratios in rows for s in ratios))
    return table([f"{US} ÷"] + names, [[name] + [number(ratios.get(s)) for s in names] for name, ratios in rows])


def header_of(lines):
    for line in lines:
        if line.get("run"):
            return line
    return {"machine": "?", "versions": {}, "quick": True, "date": ""}


def write_report(lines, directory):
    """RESULTS.md and one SVG for each bench that asks for it. Gives the bars that were not met."""
    results, head = Results(lines), header_of(lines)
    versions = "".join(f" {name} {version}." for name, version in head["versions"].items())
    bars, failed = bars_section(results)
    text = [INTRO.format(machine=head["machine"], versions=versions, date=f"Measured {head['date']}.",
                         scope="; **this is a quick run, too short to be quoted**" if head["quick"] else "")]
    faults = [f"- {line['fault']}" for line in lines if "fault" in line]
    text += ["**What catchbasin did wrong:**", "", *faults, ""] if faults else [
        "Every run was checked by number. catchbasin lost no line of a stream, stored nothing twice or out of order, "
        "and what it lost of datagrams is in its books.", ""]
    if bars:
        text += ["## The bars", "", *bars]
    text += ["## Beside the others", "", "More is better for rates, less for CPU time and memory.", "",
             *ratio_section(results)]
    for bench in results.benches():
        meta = results.meta.get(bench, {})
        text += [f"## {meta.get('title', bench)}", "", *([meta["says"], ""] if "says" in meta else [])]
        picture = draw(results, bench, meta)
        if picture:
            with open(os.path.join(directory, bench + ".svg"), "w", encoding="utf-8") as file:
                file.write(picture)
            text += [f"![{meta.get('title', bench)}]({bench}.svg)", ""]
        if meta.get("note"):
            text += [meta["note"], ""]
        if meta.get("table", True):
            text += tables_of(results, bench)
    with open(os.path.join(directory, "RESULTS.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(text).rstrip() + "\n")
    return failed
