"""Compares what is in the store with what went over the wire, byte for byte, and with what the README's table must give.

	compare.py file                        writes FILE, the input of the table's lines
	compare.py ROWS WIRE STORE             ROWS: lines "LISTENER LABEL FRAMING SKIPPED", with tabs

Says "ok" or "not ok", the label, and what differs, for each row. The status is 1 if one differs, or is missing.
"""

import os
import re
import sqlite3
import sys

import expected


def datagram(data):
    for end in (b"\r\n", b"\n"):
        if data.endswith(end):
            return data[:-len(end)]
    return data


COUNTED = re.compile(rb"\d{1,7} <")


def octets(data):
    found = []
    while data:
        count, data = data.split(b" ", 1)
        found.append(data[:int(count)])
        data = data[int(count):]
    return found


def cut(data, over, framing):
    """The messages of a connection or a datagram, as the manual says."""
    if over in ("udp", "unixgram"):
        found = [datagram(data)]
    elif framing == "octet" or framing == "auto" and COUNTED.match(data):
        return octets(data)
    elif framing == "nul":
        found = data.split(b"\0")
    else:
        found = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    return [one for one in found if one]


def on_the_wire(folder, name):
    """What each connection or datagram brought."""
    found = []
    for file in sorted(os.listdir(folder)):
        if re.fullmatch(name + r"\.\d+", file):
            with open(os.path.join(folder, file), "rb") as data:
                found.append(data.read())
    return found


def rows(db, listener):
    found = db.execute("SELECT CAST(body AS BLOB), typeof(body), size FROM messages WHERE listener = ? ORDER BY id", (listener,))
    return found.fetchall()


def is_text(body):
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in body


def brief(thing):
    text = repr(thing)
    return text if len(text) < 2000 else text[:1000] + " ... " + text[-1000:]


def differs(got, patterns):
    """What is wrong with these messages; None if nothing is."""
    got = [body for body in got if not expected.BESIDE.fullmatch(body)]
    for body, pattern in zip(got, patterns):
        if not re.fullmatch(pattern, body, re.S):
            return f"{brief(body)} is not like {brief(pattern)}"
    return None if len(got) == len(patterns) else f"{len(got)} messages, not {len(patterns)}: {brief(got)}"


def judge(listener, label, framing, wire, db):
    patterns = expected.ROWS.get(label)
    if patterns is None:
        return "nobody knows what it must send: tests/senders/expected.py"
    over = label.split()[-1]
    parts = on_the_wire(wire, "w" + listener)
    sent = [message for part in parts for message in cut(part, over, framing)]
    relayed, straight = rows(db, "w" + listener), rows(db, "s" + listener)
    if any(("octet-counted" in label) != bool(COUNTED.match(part)) for part in parts if over == "tcp"):
        return f"counted or not? On the wire is {brief(parts)}"
    if [row[0] for row in relayed] != sent:
        return f"stored {brief(relayed)}, on the wire {brief(sent)}"
    for body, kind, size in relayed + straight:
        if kind != ("text" if is_text(body) else "blob") or size != len(body):
            return f"{brief(body)} is a {kind} of {size} bytes"
    return differs(sent, patterns) or differs([row[0] for row in straight], patterns)


def main():
    if sys.argv[1:] == ["file"]:
        with open("FILE", "wb") as file:
            file.write(expected.FILE)
        return 0
    table, wire, store = sys.argv[1:]
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    status, known = 0, set(expected.ROWS)
    with open(table, encoding="utf-8") as lines:
        for line in lines:
            listener, label, framing, skipped = line.rstrip("\n").split("\t")
            known.discard(label)
            if skipped:
                continue
            wrong = judge(listener, label, framing, wire, db)
            print("not ok" if wrong else "ok", label, wrong or "", sep="\t")
            status |= bool(wrong)
    for label in sorted(known):
        print("not ok", label, "is no row of the table any more", sep="\t")
    return status | bool(known)


sys.exit(main())
