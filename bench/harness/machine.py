"""One line about the machine."""

import os
import platform
import sqlite3


def first_line(path, key):
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.startswith(key):
                    return line.split(":" if ":" in line else "=", 1)[1].strip().strip('"')
    except OSError:
        pass
    return ""


def file_system(path):
    """Its type, from the longest mount point the path lies under."""
    best = ("", "?")
    try:
        with open("/proc/mounts", encoding="utf-8", errors="replace") as file:
            for line in file:
                _, point, kind, *_ = line.split()
                if (path + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(best[0]):
                    best = (point, kind)
    except OSError:
        pass
    return best[1]


def describe(work):
    system = first_line("/etc/os-release", "PRETTY_NAME") or platform.system()
    cpu = first_line("/proc/cpuinfo", "model name") or platform.machine()
    memory = int(first_line("/proc/meminfo", "MemTotal").split()[0] or 0) / 1024 / 1024
    limit = first_number("/proc/sys/net/core/rmem_max")
    return (f"{system}, Linux {platform.release()}, {os.cpu_count()} × {cpu}, {memory:.0f} GiB, "
            f"{file_system(work)} under the stores, SQLite {sqlite3.sqlite_version}, rmem_max {limit:,}")


def first_number(path):
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read().split()[0])
    except (OSError, ValueError):
        return 0
