"""Processes we started: their ends, and what they and their children cost."""

import ctypes
import os
import signal
import subprocess
import time

PR_SET_CHILD_SUBREAPER = 36
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def adopt_orphans():
    """Children of our children come to us when their parent ends, so that none is lost from the count."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            direct = [int(word) for word in file.read().split()]
    except OSError:
        return []
    # Each thread has children of its own.
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            if int(task) != pid:
                with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                    direct += [int(word) for word in file.read().split()]
    except OSError:
        pass
    return direct


def tree_of(pid):
    """The process and all below it."""
    found = [pid]
    for one in found:
        found += [child for child in children_of(one) if child not in found]
    return found


def peak_kib(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def cpu_seconds(pid):
    """User and system time of one process, without its children."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


class Child:
    """One program of ours and whatever it starts."""

    def __init__(self, command, directory, log, env=None):
        self.name = os.path.basename(command[0])
        self.log_path = os.path.join(directory, log)
        with open(self.log_path, "ab") as out:
            self.popen = subprocess.Popen(
                command, cwd=directory, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env)
        self.pid = self.popen.pid
        self.known = {self.pid}
        self.peaks = {}
        self.cpu = 0.0
        self.status = None

    def look(self):
        """Notes who belongs to it and how large they have been."""
        for pid in tree_of(self.pid):
            self.known.add(pid)
            self.peaks[pid] = max(self.peaks.get(pid, 0), peak_kib(pid))

    def cpu_now(self):
        """CPU seconds of all living processes of it."""
        return sum(cpu_seconds(pid) for pid in tree_of(self.pid))

    def peak_mib(self):
        return sum(self.peaks.values()) / 1024

    def reap(self, pid):
        """True if it has ended. Adds its costs, once."""
        try:
            done, status, usage = os.wait4(pid, os.WNOHANG)
        except ChildProcessError:
            return True
        if done == 0:
            return False
        self.cpu += usage.ru_utime + usage.ru_stime
        if pid == self.pid:
            self.status = os.waitstatus_to_exitcode(status)
            self.popen.returncode = self.status
        return True

    def running(self):
        return self.status is None and not self.reap(self.pid)

    def wait(self, seconds):
        """True if it ended by itself in that time."""
        until = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def tell(self, number):
        if self.running():
            os.kill(self.pid, number)

    def end(self, patience=60, first=signal.SIGTERM):
        """Ends it and all it started; only pids it was seen to have."""
        self.look()
        self.tell(first)
        clean = self.wait(patience)
        if not clean:
            self.tell(signal.SIGKILL)
            self.wait(10)
        until = time.monotonic() + 5
        left = [pid for pid in self.known if pid != self.pid]
        while left and time.monotonic() < until:
            left = [pid for pid in left if not self.reap(pid)]
            time.sleep(0.005)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        return clean

    def said(self, count=10):
        """The last lines of its log."""
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as file:
                return "".join(file.readlines()[-count:])
        except OSError:
            return ""
