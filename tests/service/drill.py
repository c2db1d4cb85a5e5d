"""A real `podium up` in a folder of its own, and the API as its clients see it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypedDict, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import msgspec

from podium.kernel.json import Json, JsonObject

T = TypeVar("T")
Object: TypeAlias = dict[str, Json]

PATIENCE = 90.0
"""Seconds until a thing that happens in one is given up; the machine may be busy."""

CONFIG = "version: 1\nhttp: {allow_private: true}\n"
FINAL = frozenset({"completed", "faulted", "cancelled"})


def until(what: str, look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """The first answer of `look` that says something."""
    ends = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        assert time.monotonic() < ends, f"not within {seconds:g} s: {what}"
        time.sleep(0.04)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Object

    @property
    def items(self) -> list[Object]:
        return cast("list[Object]", self.body["items"])

    @property
    def said(self) -> str:
        return str(self.body.get("detail"))


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    seconds: float


class _Announced(TypedDict):
    pid: int
    url: str
    token: str


@dataclass(slots=True)
class Place:
    """A folder in which podium is used. `environment` is added to an almost empty one."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    process: "subprocess.Popen[bytes] | None" = None
    told: "_Announced | None" = None
    killed_at: list[float] = field(default_factory=list[float])

    @property
    def state(self) -> Path:
        return self.folder / ".podium"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        _ = path.write_text(text, "utf-8")
        return path

    def up(self, *, seconds: float = PATIENCE) -> float:
        """Start it and wait until it serves; how many seconds that took."""
        return self.serve("up", "--port", "0", seconds=seconds)

    def serve(self, *words: str, seconds: float = PATIENCE) -> float:
        """The same with a command that serves the folder."""
        began = time.monotonic()
        with (self.folder / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_podium(), *words],
                cwd=self.folder,
                env=self._env(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.told = until("podium is up", self._announced, seconds)
        return time.monotonic() - began

    def _announced(self) -> _Announced | None:
        assert self.lives, (self.folder / "up.log").read_text("utf-8")
        with suppress(OSError, msgspec.DecodeError):
            said = (self.state / "server.json").read_bytes()
            found = msgspec.json.decode(said, type=_Announced)
            return found if found["pid"] == self.pid else None
        return None

    def kill(self) -> None:
        """As the kernel does when memory is out: nothing is closed, nothing is said."""
        assert self.process is not None
        assert self.lives, (self.folder / "up.log").read_text("utf-8")
        self.process.kill()
        _ = self.process.wait(PATIENCE)
        self.killed_at.append(time.time())  # noqa: TID251 - compared with stored times

    def end(self) -> Ended:
        """SIGTERM, as an operator or a supervisor sends."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        said = (self.folder / "up.log").read_text("utf-8")
        return Ended(code, said, time.monotonic() - began)

    def podium(self, *words: str, given: str = "", seconds: float = PATIENCE) -> Ended:
        """A command, to its end; standard output and error in one."""
        began = time.monotonic()
        done = subprocess.run(
            [*_podium(), *words],
            cwd=self.folder,
            env=self._env(),
            input=given.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode(), time.monotonic() - began)

    def _env(self) -> dict[str, str]:
        tools = Path(sys.executable).parent
        plain = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8"}
        return {**plain, "COLUMNS": "200", "TERM": "dumb", **self.environment}

    def call(
        self,
        method: str,
        path: str,
        body: bytes | JsonObject | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        assert self.told is not None
        address = urlsplit(self.told["url"])
        connection = http.client.HTTPConnection(
            str(address.hostname), address.port, timeout=PATIENCE
        )
        sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
        known = {"Authorization": f"Bearer {self.told['token']}"}
        known["Content-Type"] = "application/json"
        try:
            connection.request(method, path, sent, {**known, **(headers or {})})
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        return Answer(answer.status, cast("Object", json.loads(read) if read else {}))

    def put(self, document: str) -> Answer:
        text = document.encode()
        return self.call("POST", "/api/v1/workflows", text, {"Content-Type": "application/yaml"})

    def store(self, document: str) -> None:
        answer = self.put(document)
        assert answer.status == 201, answer

    def start(
        self, name: str, given: JsonObject | None = None, *, batch: str = "", key: str = ""
    ) -> str:
        answer = self.begin(name, given, batch=batch, key=key)
        assert answer.status in {200, 201}, answer
        return str(answer.body["id"])

    def begin(
        self, name: str, given: JsonObject | None = None, *, batch: str = "", key: str = ""
    ) -> Answer:
        workflow: JsonObject = {"namespace": "drill", "name": name}
        wish: JsonObject = {"workflow": workflow, "input": given or {}, "batch": batch or None}
        return self.call("POST", "/api/v1/runs", wish, {"Idempotency-Key": key} if key else None)

    def run(self, run: str) -> Object:
        answer = self.call("GET", f"/api/v1/runs/{run}")
        assert answer.status == 200, answer
        return answer.body

    def change(self, run: str, verb: str) -> Answer:
        return self.call("POST", f"/api/v1/runs/{run}/{verb}")

    def reaches(self, run: str, *statuses: str, seconds: float = PATIENCE) -> Object:
        """The run once it has one of these."""

        def look() -> Object | None:
            found = self.run(run)
            return found if found["status"] in statuses else None

        try:
            return until(f"{run} is {' or '.join(statuses)}", look, seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}; it is {self.run(run)}") from None

    def finished(self, document: str, name: str, given: JsonObject | None = None) -> Object:
        """A run of this document at its end."""
        self.store(document)
        return self.reaches(self.start(name, given), *FINAL)

    def runs(self, **filters: str) -> list[Object]:
        return self._all("runs", filters)

    def approvals(self, **filters: str) -> list[Object]:
        return self._all("approvals", filters)

    def calls(self, **filters: str) -> list[Object]:
        return self._all("calls", filters)

    def _all(self, what: str, filters: Mapping[str, str]) -> list[Object]:
        query, found = {"limit": "200", **filters}, list[Object]()
        while True:
            page = self.call("GET", f"/api/v1/{what}?{urlencode(query)}")
            assert page.status == 200, page
            found += page.items
            if page.body["next"] is None:
                return found
            query["cursor"] = str(page.body["next"])

    def spans(self, run: str) -> list[Object]:
        answer = self.call("GET", f"/api/v1/runs/{run}/trace")
        assert answer.status == 200, answer
        return cast("list[Object]", answer.body["spans"])

    def worked(self) -> float:
        """Seconds that the processor has given to it."""
        words = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> int:
        """Bytes of memory that the process has now."""
        words = Path(f"/proc/{self.pid}/statm").read_text("ascii").split()
        return int(words[1]) * 4096

    def descendants(self) -> list[int]:
        """Processes that it has started, and theirs."""
        parents = dict(_processes())
        found, last = {self.pid}, set[int]()
        while found != last:
            last = set(found)
            found |= {pid for pid, parent in parents.items() if parent in found}
        return sorted(found - {self.pid})


@contextmanager
def podium_in(
    folder: Path, config: str = CONFIG, environment: Mapping[str, str] | None = None
) -> Generator[Place]:
    """A folder with a configuration; what still runs there at the end is killed."""
    place = Place(folder, environment or {})
    _ = place.write("podium.yaml", config)
    try:
        yield place
    finally:
        if place.process is not None and place.lives:
            place.process.kill()
            _ = place.process.wait(PATIENCE)


def alive(pids: Sequence[int]) -> list[int]:
    """Those that still run; a zombie does not."""
    running = {pid for pid, _ in _processes()}
    return [pid for pid in pids if pid in running]


def _processes() -> Generator[tuple[int, int]]:
    """Each process that runs, and its parent."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                state, parent = (entry / "stat").read_text("ascii").rpartition(")")[2].split()[:2]
                if state != "Z":
                    yield int(entry.name), int(parent)


def _podium() -> list[str]:
    return [str(Path(sys.executable).with_name("podium"))]


def document(name: str, tasks: str, *, head: str = "") -> str:
    """A workflow around tasks that are written at no indentation."""
    indented = "\n".join(f"  {line}" for line in tasks.strip("\n").splitlines())
    first = f"document: {{dsl: '1.0.3', namespace: drill, name: {name}, version: '1.0.0'}}\n"
    return f"{first}{head}do:\n{indented}\n"
