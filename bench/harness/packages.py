"""Rivals from Debian's packages, unpacked into a folder of our own: nothing is installed, no service is started."""

import glob
import os
import subprocess

from .lab import Unavailable

UNPACK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "script", "unpack")


class Packages:
    """One rival's packages, fetched and unpacked under `work`."""

    def __init__(self, work, name):
        self.name = name
        self.root = os.path.join(work, "packages", name)
        said = self.run([UNPACK, name, self.root], work, 300)
        told = dict(line.split("=", 1) for line in said.splitlines())
        self.version = told["version"]
        self.libraries = told["libraries"]

    def run(self, command, cwd, patience=120):
        try:
            done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=patience, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"{self.name}: {error}") from error
        if done.returncode:
            raise Unavailable("; ".join(done.stdout.splitlines()[:2]) or f"{self.name}: {command[0]} failed")
        return done.stdout

    def find(self, path):
        return os.path.join(self.root, path)

    def folder(self, *patterns):
        """The first folder that is there."""
        for pattern in patterns:
            for found in sorted(glob.glob(self.find(pattern))):
                return found
        raise Unavailable(f"{self.name}: the package has no {patterns[0]}")

    def environment(self):
        return dict(os.environ, LD_LIBRARY_PATH=self.libraries, LC_ALL="C")

    def preload(self, source):
        """A small library of ours, compiled on first use."""
        library = os.path.join(self.root, os.path.basename(source)[:-2] + ".so")
        if not os.path.exists(library):
            self.run([os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], self.root)
        return library
