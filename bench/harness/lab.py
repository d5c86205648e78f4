"""The place where things run: programs, directories, results."""

import dataclasses
import json
import os
import shutil
import socket
import subprocess
import tempfile

from . import proc


class Unavailable(Exception):
    """Something cannot be measured here; the text says why."""


@dataclasses.dataclass(frozen=True)
class Lab:
    build: str    # the build directory
    source: str   # this directory's parent, bench/
    work: str     # one temporary directory for everything
    quick: bool
    packages: dict   # of rivals by name: the folders they were unpacked into

    def program(self, name):
        path = os.path.join(self.build, name)
        if not os.access(path, os.X_OK):
            raise SystemExit(f"bench: {path} is missing; run make first")
        return path

    def daemon(self):
        return os.environ.get("CATCHBASIND") or self.program("catchbasind")

    def new_directory(self, name):
        return tempfile.mkdtemp(prefix=name.replace(" ", "-").replace("/", "-") + ".", dir=self.work)

    def drop_directory(self, path):
        shutil.rmtree(path, ignore_errors=True)


def free_port(stream):
    """A port nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def run_json(command, patience=300):
    """Runs a program of ours that prints JSON objects; the last of them."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=patience, check=False)
    lines = done.stdout.decode().strip().splitlines()
    if done.returncode not in (0, 1) or not lines:
        raise SystemExit(f"bench: {' '.join(command)}: status {done.returncode}: {done.stderr.decode().strip()}")
    return json.loads(lines[-1])


class Load:
    """A running generator."""

    def __init__(self, lab, url, **options):
        letters = {"count": "-n", "seconds": "-d", "rate": "-r", "shape": "-p", "connections": "-c", "size": "-s",
                   "burst": "-b", "sample_ms": "-i"}
        command = [lab.program("bench/load")]
        for name, value in options.items():
            command += [letters[name], str(value)]
        self.directory = lab.new_directory("load")
        self.lab = lab
        self.child = proc.Child(command + [url], self.directory, "out")

    def running(self):
        return self.child.running()

    def end(self):
        """Whatever it still has to send."""
        if self.running():
            self.child.end(2)
        self.lab.drop_directory(self.directory)

    def result(self):
        """What it offered; with samples under "samples"."""
        self.child.wait(700)
        with open(self.child.log_path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        self.lab.drop_directory(self.directory)
        objects = [json.loads(line) for line in lines if line.startswith("{")]
        if not objects or "sent" not in objects[-1] or "url" not in objects[-1]:
            raise Unavailable("the generator failed: " + (lines[-1] if lines else "it said nothing"))
        return dict(objects[-1], samples=objects[:-1])


def check(lab, path, query, counts):
    """What of the numbered messages is in a database."""
    return run_json([lab.program("bench/check"), path, query, ",".join(str(n) for n in counts)])
