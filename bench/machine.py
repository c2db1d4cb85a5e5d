"""The machine on which it was measured."""

import os
import platform
import sqlite3
import tempfile
import time
from pathlib import Path
from statistics import median

import psycopg

from bench.drivers.contract import Tally

SYNCS = 50
CALLS = 100_000


def described(server: str) -> dict[str, str]:
    """`server` is the URL of the PostgreSQL server."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgresql(server),
        "fsync of 4 KiB": f"{_fsync():.2f} ms (median of {SYNCS})",
        "the effect itself": f"{_effect():.2f} us (a call in the driver's process)",
    }


def load() -> float:
    """Processes that want a processor, mean of the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _postgresql(server: str) -> str:
    names = ("server_version", "fsync", "synchronous_commit")
    try:
        with psycopg.connect(f"{server}/postgres", connect_timeout=3) as connection:
            said = [str(connection.execute(f"SHOW {name}").fetchone()[0]) for name in names]  # type: ignore[index]
    except psycopg.OperationalError as error:
        return f"does not answer: {str(error).splitlines()[0]}"
    return f"{said[0]}, fsync {said[1]}, synchronous_commit {said[2]}"


def _fsync() -> float:
    taken: list[float] = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(SYNCS):
            _ = file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def _effect() -> float:
    tally, began = Tally(), time.perf_counter()
    for n in range(CALLS):
        _ = tally(n)
    return (time.perf_counter() - began) / CALLS * 1e6
