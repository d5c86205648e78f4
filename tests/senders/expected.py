"""What each row of the README's table must put into the store: one pattern for each message, in order."""

import re

# The file FILE of the table; its last line has no end.
LINES = [b"plain", "größer als 1 €".encode(), b"\ttab, \"quotes\" \\ and 'more'", b"\xff\xfe no UTF-8 \x80", b"\x1b[31mred\x07",
         b"<13>looks like syslog", b"7 looks like a count", b"x" * 3000, b"CR at the end\r", b"", b"no end"]
FILE = b"\n".join(LINES)
STORED = [re.escape(line.removesuffix(b"\r")) for line in LINES if line]

# logger takes lines as they are, empty ones too, but cuts them at 1 KiB.
OF_LOGGER = [re.escape(part) for line in LINES for part in [line[i:i + 1024] for i in range(0, len(line) or 1, 1024)]]

HELLO = [b"hello"]
RFC3339 = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)"
RFC3164 = rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
LOGGER = rb"<13>1 " + RFC3339 + rb" \S+ \S+ - - \[timeQuality [^]]*\] "

# What was logged through rsyslog, syslog-ng and Python: a word, more than ASCII, two lines.
LOGGED = ["hello", "größer als 1 €", "two\nlines"]
RSYSLOG = rb"<13>" + RFC3164 + rb" \S+ app: "
ESCAPED = [re.escape(text.replace("\n", "#012").encode()) for text in LOGGED]
SYSLOG_NG = rb"<13>" + RFC3164 + rb" \S+ app: "
SYSLOG_NG_5424 = rb"<13>1 " + RFC3339 + rb" \S+ app - - \[meta sequenceId=\"\d+\"\] "
WHOLE = [re.escape(text.encode()) for text in LOGGED]


def each(before, texts):
    return [before + text for text in texts]


ROWS = {
    "bash tcp": STORED,
    "bash udp": HELLO,
    "nc (OpenBSD) tcp": STORED,
    "nc (OpenBSD) udp": HELLO,
    "nc (OpenBSD) unix": STORED,
    "nc (traditional) tcp": STORED,
    "nc (traditional) udp": HELLO,
    "nc (busybox) tcp": STORED,
    "ncat tcp": STORED,
    "ncat udp": HELLO,
    "socat tcp": STORED,
    "socat udp": HELLO,
    "socat unix": STORED,
    "logger udp": each(LOGGER, HELLO),
    "logger, each line udp": each(LOGGER, OF_LOGGER),
    "logger tcp": each(LOGGER, HELLO),
    "logger, octet-counted tcp": each(LOGGER, HELLO),
    "logger unixgram": [rb"<13>" + RFC3164 + rb" \S+: hello"],
    "rsyslog udp": each(RSYSLOG, ESCAPED),
    "rsyslog tcp": each(RSYSLOG, ESCAPED),
    "rsyslog, octet-counted tcp": each(RSYSLOG, ESCAPED),
    "syslog-ng udp": each(SYSLOG_NG, WHOLE),
    "syslog-ng tcp": each(SYSLOG_NG, [*WHOLE[:2], b"two"]) + [b"lines"],    # a line end ends a message
    "syslog-ng, octet-counted tcp": each(SYSLOG_NG_5424, [text + b"\n" for text in WHOLE]),    # the line end is counted
    "Python logging udp": each(rb"<14>", WHOLE),
    "Python logging tcp": each(rb"<14>", WHOLE),
}

# What rsyslogd says of itself may come before, between and after.
BESIDE = re.compile(rb"<\d+>" + RFC3164 + rb" \S+ rsyslogd: ?.*", re.S)
