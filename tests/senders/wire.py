"""Stands between senders and the daemon, passes every byte on, and keeps what went over the wire.

	wire.py DIRECTORY < LIST

LIST has a line "NAME KIND TARGET" for each way: udp, tcp, unix or unixgram, and the daemon's port or path. For each, a line
"NAME PORT-OR-PATH" says where the sender is to send; the last line is "ready". What a connection or a datagram brought
is a file DIRECTORY/NAME.NNNN, in the order in which they came. Ends with SIGTERM.
"""

import itertools
import os
import socket
import sys
import threading

STREAMS = ("tcp", "unix")
MOST = 1 << 18


def address_of(kind, where):
    return ("127.0.0.1", int(where)) if kind in ("udp", "tcp") else where


def new_socket(kind):
    return socket.socket(socket.AF_INET if kind in ("udp", "tcp") else socket.AF_UNIX,
                         socket.SOCK_STREAM if kind in STREAMS else socket.SOCK_DGRAM)


def carry(source, target, keep):
    """One direction of a connection, and its end."""
    try:
        while part := source.recv(MOST):
            if keep:
                keep.write(part)
            target.sendall(part)
    except OSError:
        pass
    if keep:
        keep.close()
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def connection(client, kind, target, keep):
    with client, new_socket(kind) as server:
        server.connect(address_of(kind, target))
        back = threading.Thread(target=carry, args=(server, client, None), daemon=True)
        back.start()
        carry(client, server, keep)
        back.join()


def way(name, kind, target, directory):
    """Makes the socket, says where it is, and leaves a thread behind."""
    here = new_socket(kind)
    here.bind(address_of(kind, "0" if kind in ("udp", "tcp") else os.path.join(directory, name + ".sock")))
    numbers = itertools.count(1)

    def keep():
        return open(os.path.join(directory, f"{name}.{next(numbers):04}"), "wb", buffering=0)

    def streams():
        while True:
            client = here.accept()[0]
            threading.Thread(target=connection, args=(client, kind, target, keep()), daemon=True).start()

    def datagrams():
        out = new_socket(kind)
        while True:
            part = here.recv(MOST)
            with keep() as file:
                file.write(part)
            out.sendto(part, address_of(kind, target))

    if kind in STREAMS:
        here.listen(64)
    name_of = here.getsockname()
    print(name, name_of if isinstance(name_of, str) else name_of[1], flush=True)
    threading.Thread(target=streams if kind in STREAMS else datagrams, daemon=True).start()


def main():
    for line in sys.stdin:
        way(*line.split(), sys.argv[1])
    print("ready", flush=True)
    threading.Event().wait()


main()
