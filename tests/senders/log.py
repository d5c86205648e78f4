"""Logs the texts of expected.py.

	log.py socket PATH        as a program does on this machine: to a syslog daemon's socket
	log.py python < LINES     through the handler that each of these lines of Python makes
"""

# What a program that logs has imported, and the lines of the table may use.
import logging
import logging.handlers
import socket
import sys
import time

import expected


def to_socket(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect(path)
        for text in expected.LOGGED:
            out.send(f"<13>{time.strftime('%b %e %H:%M:%S')} app: {text}".encode())


def through(line):
    names = dict(logging=logging, socket=socket)
    exec(line, names)    # pylint: disable=exec-used
    log = logging.Logger("app")
    log.addHandler(names["handler"])
    for text in expected.LOGGED:
        log.info(text)
    names["handler"].close()


if sys.argv[1] == "socket":
    to_socket(sys.argv[2])
else:
    for each in sys.stdin:
        through(each)
