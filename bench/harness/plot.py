"""Draws curves and bars as SVG, readable on a light and on a dark page."""

import math
from xml.sax.saxutils import escape

WIDTH = 760
LEFT, RIGHT = 78, 22
PANEL = 250          # height of a panel's plotting area
GAP = 46             # between two panels
FONT = 13

# Light, dark: told apart also by those who do not see all colours, and by dashes.
COLOURS = (("#0b62c4", "#6cb2ff"), ("#c2410c", "#ff9a5c"), ("#15803d", "#63d68b"), ("#7e22ce", "#c79bff"),
           ("#a16207", "#e8c34a"), ("#be185d", "#ff8ac0"), ("#0f766e", "#58d5c9"), ("#555555", "#b5b5b5"))
# Who is known keeps a colour in all plots.
KNOWN = ("catchbasin", "limit: best insert loop", "rsyslog", "syslog-ng", "Python, improved", "Python, tutorial",
         "limit: receive only", "nc | sqlite3")
DASHES = ("", "7 4", "2 3", "9 3 2 3", "5 5", "1 4", "12 4", "3 6")

STYLE = """\
svg { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: %dpx }
.page { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e } .axis { stroke: #8b949e }
.grid { stroke: #e3e6ea }
.title { font-size: 16px; font-weight: 600 }
.curve { fill: none; stroke-width: 2.4; stroke-linejoin: round; stroke-linecap: round }
.spread { opacity: .85; stroke-width: 1.4 }
%s
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117 } .ink { fill: #e6edf3 } .soft { fill: #a0a9b3 } .axis { stroke: #6e7681 }
.grid { stroke: #242a32 }
%s
}
"""


def style():
    def lines(shade):
        return "\n".join(f".s{i} {{ stroke: {pair[shade]} }} .f{i} {{ fill: {pair[shade]} }}"
                         for i, pair in enumerate(COLOURS))
    return STYLE % (FONT, lines(0), lines(1))


def nice_step(span, count):
    """1, 2 or 5 times a power of ten."""
    raw = span / max(count, 1)
    power = 10 ** math.floor(math.log10(raw)) if raw > 0 else 1
    for factor in (1, 2, 5, 10):
        if raw <= factor * power * 1.0001:
            return factor * power
    return 10 * power


def numbers_of(names):
    """A colour for each name, no two alike while there are enough."""
    taken = {name: KNOWN.index(name) for name in names if name in KNOWN}
    free = [i for i in range(len(COLOURS)) if i not in taken.values()] or list(range(len(COLOURS)))
    for name in names:
        if name not in taken:
            taken[name] = free.pop(0) if free else len(taken) % len(COLOURS)
    return taken


def short(value):
    """12 k, 1.5 M."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


class Axis:
    """Values to places on the page."""

    def __init__(self, low, high, start, end, log=False):
        self.log = log and low > 0
        if not self.log:
            step = nice_step(high - low or 1, 5)
            low, high = math.floor(low / step) * step, math.ceil(high / step - 1e-9) * step
            self.ticks = [low + i * step for i in range(round((high - low) / step) + 1)]
        else:
            low, high = low / 1.15, high * 1.15
            self.ticks = [10 ** n for n in range(-6, 12) if low <= 10 ** n <= high]
        self.low, self.high, self.start, self.end = low, high, start, end

    def at(self, value):
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / ((self.high - self.low) or 1)
        return self.start + share * (self.end - self.start)


def text(x, y, what, kind="soft", anchor="start", extra=""):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(str(what))}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def legend(names, y):
    """Names with a piece of their curve; the parts, and how high they are."""
    parts, x = [], LEFT
    for i, name in names:
        width = 34 + 7.2 * len(name) + 16
        if x + width > WIDTH and x > LEFT:
            x, y = LEFT, y + 22
        parts.append(f'<line class="curve s{i}" x1="{x}" y1="{y - 4}" x2="{x + 26}" y2="{y - 4}" '
                     f'stroke-dasharray="{DASHES[i]}"/>')
        parts.append(text(x + 33, y, name, "ink"))
        x += width
    return parts, y


def page(title, parts, height, left=LEFT):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" role="img">', f"<title>{escape(title)}</title>", f"<style>{style()}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height:.0f}" rx="6"/>',
        text(left, 28, title, "ink title"), *parts, "</svg>", ""])


def exact(value):
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def frame(x_axis, y_axis, y_label, x_label):
    """Grid, ticks and labels of one panel."""
    top, bottom = y_axis.end, y_axis.start
    parts = []
    for tick in y_axis.ticks:
        y = y_axis.at(tick)
        parts += [line(LEFT, y, WIDTH - RIGHT, y, "grid"), text(LEFT - 8, y + 4, short(tick), anchor="end")]
    word = exact if x_axis.log else short
    for tick in x_axis.ticks:
        x = x_axis.at(tick)
        parts += [line(x, bottom, x, bottom + 5, "axis"), text(x, bottom + 20, word(tick), anchor="middle")]
    parts.append(line(LEFT, bottom, WIDTH - RIGHT, bottom, "axis"))
    parts.append(text(LEFT, top - 10, y_label, "soft"))
    if x_label:
        parts.append(text(WIDTH - RIGHT, bottom + 38, x_label, "soft", "end"))
    return parts


def curve(points, x_axis, y_axis, i):
    path = " ".join(f"{x_axis.at(x):.1f},{y_axis.at(y):.1f}" for x, y, *_ in points)
    parts = [f'<polyline class="curve s{i}" points="{path}" stroke-dasharray="{DASHES[i]}"/>']
    for x, y, *spread in points if len(points) <= 20 else ():
        parts.append(f'<circle class="f{i}" cx="{x_axis.at(x):.1f}" cy="{y_axis.at(y):.1f}" r="3.4"/>')
        if spread and spread[1] > spread[0]:
            parts.append(f'<line class="curve spread s{i}" x1="{x_axis.at(x):.1f}" y1="{y_axis.at(spread[0]):.1f}" '
                         f'x2="{x_axis.at(x):.1f}" y2="{y_axis.at(spread[1]):.1f}"/>')
    return parts


def curves(title, panels, x_label, log_x=False, diagonal=False, log_y=False):
    """panels: [(y label, {series: [(x, y) or (x, y, min, max)]})], one above the other over the same x."""
    names = list(dict.fromkeys(name for _, series in panels for name in series))
    number = numbers_of(names)
    xs = [point[0] for _, series in panels for points in series.values() for point in points]
    x_axis = Axis(min(xs) if log_x else min(0, min(xs)), max(xs), LEFT, WIDTH - RIGHT, log_x)
    if x_axis.log:
        x_axis.ticks = sorted(set(xs))
    parts, y = legend([(number[name], name) for name in names], 54)
    for i, (label, series) in enumerate(panels):
        top = y + 44
        highest = max(point[3] if len(point) > 3 else point[1] for points in series.values() for point in points)
        lowest = min(point[1] for points in series.values() for point in points)
        y_axis = Axis(lowest if log_y else 0, highest or 1, top + PANEL, top, log_y)
        parts += frame(x_axis, y_axis, label, x_label if i == len(panels) - 1 else "")
        if diagonal:
            end = min(x_axis.high, y_axis.high)
            parts.append(line(x_axis.at(0), y_axis.at(0), x_axis.at(end), y_axis.at(end), "axis"))
        for name, points in series.items():
            parts += curve(sorted(points), x_axis, y_axis, number[name])
        y = top + PANEL + (GAP - 26 if i < len(panels) - 1 else 0)
    return page(title, parts, y + 54)


def bars(title, groups, unit):
    """groups: [(name, [(series, median, min, max)])]; each a block of horizontal bars with its numbers."""
    longest = max((max(value, high) for _, rows in groups for _, value, _, high in rows), default=1) or 1
    label_width = 10 + 7.2 * max(len(series) for _, rows in groups for series, *_ in rows)
    left = 24 + label_width
    axis = Axis(0, longest, left, WIDTH - 120)
    axis.low, axis.high = 0, longest
    number = numbers_of(list(dict.fromkeys(series for _, rows in groups for series, *_ in rows)))
    parts, y = [], 46
    for name, rows in groups:
        if name:
            parts.append(text(24, y + 14, name, "ink", extra=' font-weight="600"'))
            y += 26
        for series, value, low, high in rows:
            i = number[series]
            end = max(axis.at(value), left + 1.5)
            parts.append(text(left - 8, y + 14, series, "ink", "end"))
            parts.append(f'<rect class="f{i}" x="{left:.1f}" y="{y + 2}" width="{end - left:.1f}" height="16" rx="2"/>')
            if high > low:
                parts.append(f'<line class="axis" stroke-width="1.6" x1="{axis.at(low):.1f}" y1="{y + 10}" '
                             f'x2="{axis.at(high):.1f}" y2="{y + 10}"/>')
            parts.append(text(max(end, axis.at(high)) + 7, y + 14, f"{short(value)} {unit}".strip(), "soft"))
            y += 24
        y += 12
    return page(title, parts, y + 10, 24)
