"""Rivals from Debian's packages, unpacked into a folder of our own: nothing is installed, no service is started."""

import glob
import os
import shutil
import subprocess

from .lab import Unavailable

# Programs and the libraries they need that are not part of every Debian.
SETS = {
    "rsyslog": ("rsyslog", "libestr0", "libfastjson4", "liblognorm5"),
    "syslog-ng": ("syslog-ng-core", "syslog-ng-mod-sql", "libdbi1", "libdbd-sqlite3", "libivykis0", "libnet1",
                  "libglib2.0-0", "libjson-c5", "libpcre3", "libwrap0", "libnsl2", "libtirpc3"),
}
PROGRAMS = {"rsyslog": "usr/sbin/rsyslogd", "syslog-ng": "usr/sbin/syslog-ng"}


class Packages:
    """One rival's packages, fetched and unpacked under `work`."""

    def __init__(self, work, name):
        self.name = name
        self.root = os.path.join(work, "packages", name)
        self.version = ""
        self.fetch()

    def run(self, command, cwd, patience=120):
        try:
            done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=patience, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"{self.name}: {error}") from error
        if done.returncode:
            lines = [line for line in done.stdout.splitlines() if line.startswith("E:")] or done.stdout.splitlines()
            raise Unavailable(f"{self.name}: {' '.join(command[:2])}: {'; '.join(lines[:2])}")
        return done.stdout

    def fetch(self):
        """apt-get download needs no root, only that apt-get update has been run once."""
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            raise Unavailable(f"{self.name}: this is no Debian: no apt-get, no dpkg")
        debs = self.root + ".debs"
        os.makedirs(debs)
        os.makedirs(self.root)
        try:
            self.run(["apt-get", "download", *SETS[self.name]], debs)
        except Unavailable:
            # Old lists name packages that are gone.
            self.run(["apt-get", "update"], debs)
            self.run(["apt-get", "download", *SETS[self.name]], debs)
        for deb in sorted(glob.glob(os.path.join(debs, "*.deb"))):
            self.run(["dpkg", "-x", deb, self.root], debs)
        first = glob.glob(os.path.join(debs, SETS[self.name][0] + "_*.deb"))[0]
        self.version = os.path.basename(first).split("_")[1].replace("%3a", ":")
        missing = [line.strip() for line in self.run(
            ["env", "LD_LIBRARY_PATH=" + self.libraries(), "ldd", self.find(PROGRAMS[self.name])], debs).splitlines()
            if "not found" in line]
        if missing:
            raise Unavailable(f"{self.name}: {missing[0]}")

    def find(self, path):
        return os.path.join(self.root, path)

    def folder(self, *patterns):
        """The first folder that is there."""
        for pattern in patterns:
            for found in sorted(glob.glob(self.find(pattern))):
                return found
        raise Unavailable(f"{self.name}: the package has no {patterns[0]}")

    def libraries(self):
        return ":".join(sum((glob.glob(self.find(pattern)) for pattern in (
            "usr/lib/*-linux-*", "lib/*-linux-*", "usr/lib/syslog-ng")), []))

    def environment(self):
        return dict(os.environ, LD_LIBRARY_PATH=self.libraries(), LC_ALL="C")

    def preload(self, source):
        """A small library of ours, compiled on first use."""
        library = os.path.join(self.root, os.path.basename(source)[:-2] + ".so")
        if not os.path.exists(library):
            self.run([os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], self.root)
        return library
