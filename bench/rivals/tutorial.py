"""The design many tutorials show: a thread per connection, a queue of 10, one worker, a commit for every message.

usage: tutorial.py tcp|udp PORT FILE DURABILITY
"""

import queue
import signal
import socketserver
import sqlite3
import sys
import threading
import time

QUEUE = queue.Queue(maxsize=10)


class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            QUEUE.put((time.time(), self.client_address[0], line.rstrip(b"\n").decode(errors="replace")))


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        QUEUE.put((time.time(), self.client_address[0], self.request[0].decode(errors="replace")))


def work(path):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, received_at REAL, peer TEXT, body TEXT)")
    while True:
        message = QUEUE.get()
        if message is None:
            break
        db.execute("INSERT INTO messages(received_at, peer, body) VALUES (?, ?, ?)", message)
        db.commit()
    db.close()


def main():
    kind, port, path, _ = sys.argv[1:]
    base, handler = {"tcp": (socketserver.ThreadingTCPServer, Stream),
                     "udp": (socketserver.UDPServer, Datagram)}[kind]
    base.allow_reuse_address = True
    base.daemon_threads = True
    server = base(("127.0.0.1", int(port)), handler)
    worker = threading.Thread(target=work, args=(path,))
    worker.start()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.05)
    QUEUE.put(None)
    worker.join()


main()
