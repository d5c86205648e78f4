"""catchbasin as a receiver."""

import json
import re
import socket
import sqlite3
import time

from . import proc
from .lab import Unavailable
from .receivers import Receiver

CONF = """\
[log]
target = stderr
[control]
path = {socket}
[store main]
path = {store}
durability = {durability}
[listener in]
address = {url}
"""


class Catchbasin(Receiver):
    name = "catchbasin"
    durabilities = ("normal", "full")

    def start(self):
        url = f"{'tcp' if self.stream else 'udp'}://127.0.0.1:0"
        conf = CONF.format(socket=self.path("s"), store=self.store, durability=self.durability, url=url)
        if self.stream:
            conf += "max_connections = 2000\n"
        self.write("catchbasin.conf", conf)
        self.child = proc.Child([self.lab.daemon(), "-c", self.path("catchbasin.conf")], self.directory, "log")
        until = time.monotonic() + 20
        while time.monotonic() < until and self.child.running():
            said = self.child.said(100)
            found = re.search(r"listens on \w+://127\.0\.0\.1:(\d+)", said)
            if found and re.search(r": ready( |$)", said, re.M):
                self.port = int(found.group(1))
                return
            time.sleep(0.01)
        said = self.child.said()
        self.child.end(5)
        raise Unavailable(f"catchbasind did not start: {said.strip()}")

    def status(self):
        """What `catchbasin status --json` gives."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(self.path("s"))
            sock.sendall(b'{"v":1,"verb":"status"}\n')
            heard = b""
            while not heard.endswith(b"\n"):
                part = sock.recv(65536)
                if not part:
                    break
                heard += part
        return json.loads(heard)["data"]

    def losses(self):
        """Messages in the table loss."""
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as db:
            return db.execute("SELECT coalesce(sum(messages), 0) FROM loss").fetchone()[0]

    def payload_per_row(self):
        """Bytes of a row's own values: body, peer, listener, eight of the time, two of the size."""
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as db:
            return db.execute("SELECT avg(length(CAST(body AS BLOB)) + length(peer) + length(listener) + 10)"
                              " FROM (SELECT * FROM messages LIMIT 100000)").fetchone()[0]
