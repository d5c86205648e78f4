"""What Python can do at best: big reads, lists through the queue, executemany, WAL, a large receive buffer.

usage: improved.py tcp|udp PORT FILE DURABILITY
"""

import queue
import selectors
import signal
import socket
import sqlite3
import sys
import threading
import time

ROWS = 5000          # of one executemany and one commit, at most
READ = 256 * 1024
LISTS = queue.Queue(maxsize=2000)


def writer(path, durability):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = wal")
    db.execute(f"PRAGMA synchronous = {durability}")
    db.execute("PRAGMA wal_autocheckpoint = 4000")
    db.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, received_at REAL, peer TEXT, body TEXT)")
    rows, over = [], False
    while not over:
        part = LISTS.get()
        # What has come meanwhile goes along, up to ROWS.
        while part is not None:
            rows += part
            if len(rows) >= ROWS or LISTS.empty():
                break
            part = LISTS.get()
        over = part is None
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO messages(received_at, peer, body) VALUES (?, ?, ?)", rows)
        db.execute("COMMIT")
        rows = []
    db.close()


def read_lines(sock, peer, rest):
    """Puts the whole lines of one read into the queue; the new rest, or None at the end."""
    try:
        data = sock.recv(READ)
    except ConnectionError:
        data = b""
    *lines, rest = (rest + data).split(b"\n")
    if not data and rest:
        lines.append(rest)
    if lines:
        now = time.time()
        LISTS.put([(now, peer, line.decode(errors="replace")) for line in lines])
    return rest if data else None


def serve_streams(server, told):
    chooser = selectors.DefaultSelector()
    chooser.register(server, selectors.EVENT_READ)
    rests = {}
    while not told.is_set() or rests:
        for key, _ in chooser.select(0.1):
            sock = key.fileobj
            if sock is server:
                client, address = server.accept()
                rests[client] = (address[0], b"")
                chooser.register(client, selectors.EVENT_READ)
                continue
            peer, rest = rests[sock]
            rest = read_lines(sock, peer, rest)
            if rest is None:
                chooser.unregister(sock)
                sock.close()
                del rests[sock]
            else:
                rests[sock] = (peer, rest)


def serve_datagrams(sock, told):
    sock.settimeout(0.05)
    while not told.is_set():
        rows = []
        try:
            data, address = sock.recvfrom(65536)
            rows.append((time.time(), address[0], data.decode(errors="replace")))
            while len(rows) < 1000:
                data, address = sock.recvfrom(65536, socket.MSG_DONTWAIT)
                rows.append((time.time(), address[0], data.decode(errors="replace")))
        except (BlockingIOError, socket.timeout):
            pass
        if rows:
            LISTS.put(rows)


def main():
    kind, port, path, durability = sys.argv[1:]
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind == "udp":
        try:
            sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)     # SO_RCVBUFFORCE
        except PermissionError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    sock.bind(("127.0.0.1", int(port)))
    thread = threading.Thread(target=writer, args=(path, durability))
    thread.start()
    if kind == "tcp":
        sock.listen(1024)
        serve_streams(sock, told)
    else:
        serve_datagrams(sock, told)
    LISTS.put(None)
    thread.join()


main()
