"""Measurements as lines of JSON: written here, read here."""

import glob
import json
import os
import statistics


class Writer:
    """Appends to one file of the results directory."""

    def __init__(self, directory, name):
        os.makedirs(directory, exist_ok=True)
        self.file = open(os.path.join(directory, name), "w", encoding="utf-8")

    def put(self, bench, series, x, round_no, values):
        """values: {(metric, unit): value}; None is left out."""
        for (metric, unit), value in values.items():
            if value is not None:
                self.line({"bench": bench, "series": series, "x": x, "metric": metric, "unit": unit,
                           "round": round_no, "value": round(value, 6)})

    def line(self, thing):
        self.file.write(json.dumps(thing) + "\n")
        self.file.flush()

    def close(self):
        self.file.close()


def read_all(directory):
    """All lines of all files, in the order of their names."""
    lines = []
    for path in sorted(glob.glob(os.path.join(directory, "*.jsonl"))):
        with open(path, encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                if not text.strip():
                    continue
                try:
                    lines.append(json.loads(text))
                except ValueError as error:
                    raise SystemExit(f"{path}:{number}: not JSON: {error}") from error
    return lines


class Results:
    """What was measured, by bench, series, x and metric."""

    def __init__(self, lines):
        self.meta = {}
        self.bars = []
        self.cells = {}
        self.units = {}
        for line in lines:
            if "value" in line:
                key = (line["bench"], line["series"], line["x"], line["metric"])
                self.cells.setdefault(key, {})[line["round"]] = line["value"]
                self.units[(line["bench"], line["metric"])] = line["unit"]
            elif "bar" in line:
                self.bars.append(line)
            elif "bench" in line:
                self.meta.setdefault(line["bench"], {}).update(line)

    def benches(self):
        names = list(dict.fromkeys(key[0] for key in self.cells))
        return sorted(names, key=lambda name: self.meta.get(name, {}).get("order", 1000))

    def of(self, bench, place):
        """The different series (1), xs (2) or metrics (3) of a bench, in the order they came; catchbasin and the limits
        first, numbers by size."""
        found = list(dict.fromkeys(key[place] for key in self.cells if key[0] == bench))
        if place == 1:
            found.sort(key=lambda name: (name != "catchbasin", not name.startswith("limit")))
        if place == 2:
            found.sort(key=lambda x: (0, x) if isinstance(x, (int, float)) else (1, 0))
        return found

    def rounds(self, bench, series, x, metric):
        return self.cells.get((bench, series, x, metric), {})

    def median(self, bench, series, x, metric):
        values = self.rounds(bench, series, x, metric)
        return statistics.median(values.values()) if values else None

    def ratio(self, bench, series, over, x, metric, over_x=None):
        """The median of the rounds' ratios: what was measured in turn is compared. None without common rounds."""
        mine = self.rounds(bench, series, x, metric)
        theirs = self.rounds(bench, over, x if over_x is None else over_x, metric)
        pairs = [mine[n] / theirs[n] for n in mine if theirs.get(n)]
        return statistics.median(pairs) if pairs else None
