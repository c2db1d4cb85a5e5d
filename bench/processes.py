"""A driver in a process of its own, and what it uses of the machine with all that it started."""

import json
import os
import re
import select
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.peers import ROOT, Peer

TICK = os.sysconf("SC_CLK_TCK")
START_SECONDS = 120.0
GRACE = 30.0
_ERROR = re.compile(r"[\w.]+(Error|Exception|Invalid|Unavailable|Refused)\b")

Answer = dict[str, Any]


class DriverError(Exception):
    """A driver that did not start, or ended, or says nothing."""


@dataclass(frozen=True)
class Place:
    """Where a driver stores: a folder, and a database where it wants one."""

    folder: Path
    name: str
    database: str


@contextmanager
def place(peer: Peer, server: str) -> Generator[Place]:
    """`server` is the URL of a PostgreSQL server where databases can be made."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        name = f"bench_{os.getpid()}_{Path(folder).name.removeprefix('bench-').lower()}"
        if peer.database != "postgresql":
            yield Place(Path(folder), name, "")
            return
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            _ = connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                yield Place(Path(folder), name, f"{server}/{name}")
            finally:
                drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                _ = connection.execute(drop)


class Driver:
    """One driver's process, from its start until `stop` or `kill`."""

    def __init__(self, peer: Peer, where: Place, *, synchronous: str, log: Path) -> None:
        self._where: Place = where
        self._log: Path = log
        if not peer.python.exists():
            raise DriverError(f"{peer.python} is not there: `make bench-workflows` makes it.")
        self.began: float = time.perf_counter()
        with log.open("ab") as errors:
            self._process: subprocess.Popen[str] = subprocess.Popen(
                [str(peer.python), "-m", f"bench.drivers.{peer.driver}"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                bufsize=1,
            )
        opening = {
            "folder": str(where.folder),
            "database": where.database,
            "synchronous": synchronous,
            "options": dict(peer.options),
        }
        try:
            self.about: Answer = self._ask(opening, START_SECONDS)
        except DriverError:
            self.kill()
            raise
        self.start_seconds: float = time.perf_counter() - self.began

    def measure(self, scenario: str, *, most: float, **asked: float) -> Answer:
        """The figures, with what the machine spent on them: `cpu_seconds`, `rss_mib`."""
        before, began = self.cpu(), time.perf_counter()
        answer = self._ask({"scenario": scenario, "most": most, **asked}, most + GRACE)
        used = {"cpu_seconds": self.cpu() - before, "wall_seconds": time.perf_counter() - began}
        return answer | used | {"rss_mib": self.rss()}

    def _ask(self, line: object, seconds: float) -> Answer:
        with suppress(BrokenPipeError):
            print(json.dumps(line), file=self._process.stdin)
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        answer = self._process.stdout.readline() if ready else ""
        if not answer:
            with suppress(subprocess.TimeoutExpired):
                _ = self._process.wait(2)
            code = self._process.poll()
            what = f"said nothing for {seconds:g} s" if code is None else f"ended with {code}"
            raise DriverError(f"it {what}: {_last_words(self._log)}")
        return json.loads(answer)

    def cpu(self) -> float:
        """Seconds of processor that its processes and its database's have used until now."""
        return sum(one.cpu for one in self._own()) / TICK

    def rss(self) -> float:
        """MiB of memory of its processes, without its database's."""
        found = (one.rss for one in self._own() if not one.is_database)
        return sum(found) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _own(self) -> "Iterator[_Seen]":
        everything = {one.pid: one for one in _seen(self._where.name)}
        for one in everything.values():
            above: _Seen | None = one
            while above is not None and above.pid != self._process.pid:
                above = everything.get(above.parent)
            if above is not None or one.is_database:
                yield one

    def stop(self) -> None:
        """Let it close what it opened."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            _ = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """As kill -9 does, with the processes it started: they would be left behind."""
        own = [one.pid for one in self._own() if not one.is_database]
        self._process.kill()
        for pid in own:
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        _ = self._process.wait(GRACE)


@dataclass(frozen=True)
class _Seen:
    pid: int
    parent: int
    cpu: int
    rss: int
    is_database: bool


def _seen(database: str) -> Iterator[_Seen]:
    """Every process, as /proc(5) has it; PostgreSQL puts the database's name in its command."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            stat = (folder / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
            yield _Seen(
                pid=int(folder.name),
                parent=int(stat[1]),
                cpu=sum(int(one) for one in stat[11:15]),
                rss=int(stat[21]),
                is_database=command.startswith(b"postgres:") and database.encode() in command,
            )


def _last_words(log: Path) -> str:
    """Of a traceback its last line; frames of exception groups are drawn around some."""
    lines = [line.strip(" |+-\t") for line in log.read_text("utf-8", "replace").splitlines()]
    said = [line for line in lines if line]
    errors = [line for line in said if _ERROR.match(line)]
    return next(reversed(errors or said), "it left no reason.")[:300]
