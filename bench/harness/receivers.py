"""What all receivers have in common: started in a directory of their own, asked for rows, stopped."""

import os
import signal
import sqlite3
import time

from .lab import Unavailable, free_port


LISTENING = "0A"


def is_open(stream, port):
    """Does somebody receive there? Read from the kernel's table: a connection made for the question would be one."""
    with open("/proc/net/tcp" if stream else "/proc/net/udp", encoding="ascii") as file:
        for line in file:
            fields = line.split()
            if fields[1].endswith(f":{port:04X}") and (not stream or fields[3] == LISTENING):
                return True
    return False


class Receiver:
    """A program that takes messages from a socket and puts them into a SQLite file."""

    name = "?"
    table = "messages"
    body = "body"
    streams = True
    datagrams = True
    durabilities = ("normal",)     # how a commit can be made durable
    connections = 1000             # at most
    poll_s = 0.01                  # how often its file is looked at
    lock_s = 0.001                 # how long a look waits for a lock
    slow = False                   # so slow that other rates make sense
    live = True                    # rows can be seen while it runs
    needs = ()                     # commands it is made of
    packaged = False               # comes from a Debian package
    stop_signal = signal.SIGTERM

    def __init__(self, lab, stream, durability="normal"):
        self.lab = lab
        self.stream = stream
        self.durability = durability
        self.directory = lab.new_directory(self.name)
        self.port = free_port(stream)
        self.child = None
        self.reader = None
        self.seen = 0

    # ---- what each defines ----

    def start(self):
        raise NotImplementedError

    # ---- what all share ----

    @property
    def store(self):
        return os.path.join(self.directory, "messages.db")

    @property
    def url(self):
        return f"{'tcp' if self.stream else 'udp'}://127.0.0.1:{self.port}"

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def make_store(self, wal=True):
        """A file with the table of those who do not make it themselves."""
        db = sqlite3.connect(self.store)
        if wal:
            db.execute("PRAGMA journal_mode = wal")
        db.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, received_at INTEGER, peer TEXT, body TEXT)")
        db.commit()
        db.close()

    def await_port(self, seconds=20):
        """Until its port is open; rivals have no other way to say that they are ready."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self.child.running():
                break
            if is_open(self.stream, self.port):
                return
            time.sleep(0.02)
        said = self.child.said()
        self.child.end(5)
        raise Unavailable(f"{self.name} did not start: {said.strip() or 'it said nothing'}")

    def rows(self):
        """How many rows are visible now."""
        try:
            if self.reader is None:
                self.reader = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=self.lock_s)
            self.seen = self.reader.execute(f"SELECT max(rowid) FROM {self.table}").fetchone()[0] or 0
        except sqlite3.Error:
            pass    # not there yet, or locked
        return self.seen

    def stop(self, patience=60):
        """Ends it; True if it ended when told."""
        if self.reader is not None:
            self.reader.close()
            self.reader = None
        return self.child.end(patience, self.stop_signal)

    def kept(self, counts):
        """What is in its file, by number."""
        from .lab import check
        return check(self.lab, self.store, f"SELECT {self.body} FROM {self.table} ORDER BY rowid", counts)

    def bytes_on_disk(self):
        return sum(os.path.getsize(self.store + end) for end in ("", "-wal", "-journal")
                   if os.path.exists(self.store + end))

    def drop(self):
        self.lab.drop_directory(self.directory)
