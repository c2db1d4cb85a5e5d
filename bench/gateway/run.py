"""Rounds there and back over all gateways; the tables, the chart's data and the page.

python -m bench.gateway.run [--quick] [--only NAME,…] [--rounds N] [--memory CALLS]
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.gateway.gateways import GATEWAYS, Gateway, Place, Started
from bench.gateway.load import Ask, BadAnswersError, Load, first_answer, first_chunk, taken, wrk
from bench.gateway.page import Row, page, versions, write
from bench.machine import load as machine_load

CHUNKS, PAUSE_MS = 50, 2


@contextmanager
def started_upstream(folder: Path, *, pause: int) -> Generator[int]:
    binary, port = folder / "upstream", free_port()
    if not binary.exists():
        source = Path(__file__).with_name("upstream.c")
        _ = subprocess.run(
            [shutil.which("cc") or "cc", "-O2", "-o", str(binary), str(source)], check=True
        )
    command = ["taskset", "-c", "1", str(binary), str(port), str(pause), str(CHUNKS)]
    with started_process(command, folder, {}, log=folder / "upstream.log"):
        wait(port, "/", 10)
        yield port


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@contextmanager
def started_process(
    command: list[str], folder: Path, environment: dict[str, str], *, log: Path, pipes: bool = False
) -> Generator[subprocess.Popen[str]]:
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipes else errors,
            stderr=errors,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            _ = process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            _ = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def wait(port: int, path: str, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
                link.sendall(
                    f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
                )
                if path == "/" or link.recv(12).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        if time.monotonic() > ends:
            raise BadAnswersError(f"It does not answer after {seconds:g} s.")
        time.sleep(0.02)


class Round:
    """One gateway, started anew, measured."""

    def __init__(self, gateway: Gateway, folder: Path, options: argparse.Namespace) -> None:
        self.gateway, self.folder, self.options = gateway, folder, options
        self.row: Row = {}
        self.problem: str = ""

    def measure(self) -> Row:
        """What fails for streams alone leaves the other figures; `problem` says what it was."""
        with (
            started_upstream(self.folder, pause=0) as quick,
            started_upstream(self.folder, pause=PAUSE_MS) as slow,
        ):
            self._whole(quick)
            if not self.gateway.streams:
                return self.row
            try:
                self._streams(slow)
            except BadAnswersError as error:
                self.problem = f"streams: {error}"
        return self.row

    def _seconds(self, full: int) -> int:
        """Whole ones: wrk takes no others."""
        return max(full // 4, 1) if self.options.quick else full

    @contextmanager
    def _gateway(self, upstream: int) -> Generator[tuple[subprocess.Popen[str], Ask]]:
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            place = Place(Path(name), free_port(), upstream)
            started = self.gateway.start(place)
            embedded = self.gateway.name == "TensorZero"
            command = ["taskset", "-c", "0", *started.command]
            began = time.monotonic()
            with started_process(
                command, place.folder, dict(started.environment),
                log=self.folder / "gateway.log", pipes=embedded,
            ) as process:  # fmt: skip
                if embedded:
                    _ = self._line(process)
                else:
                    wait(place.port, self.gateway.alive, 120)
                self.row.setdefault("start", time.monotonic() - began)
                ask = self._ask(place, started)
                if not embedded:
                    self._awaken(ask)
                yield process, ask

    def _awaken(self, ask: Ask) -> None:
        """Some answer their first request late."""
        _ = first_answer(ask)

    def _ask(self, place: Place, started: Started) -> Ask:
        headers = {"Content-Type": "application/json", **started.headers}
        headers["Authorization"] = f"Bearer {started.key() or 'sk-loopback'}"
        return Ask(f"http://127.0.0.1:{place.port}{self.gateway.path}", self.gateway.model, headers)

    def _line(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout is not None
        while line := process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
        raise BadAnswersError("It ended. " + (self.folder / "gateway.log").read_text()[-300:])

    def _load(self, process: subprocess.Popen[str], ask: Ask, at_once: int, *, seconds: float,
              stream: bool = False) -> tuple[Load, float, float]:  # fmt: skip
        """Load, microseconds of a processor for each call, and first chunk of the embedded one."""
        before, first = taken(process.pid).seconds, 0.0
        if process.stdin is None:
            load = wrk(ask, at_once, seconds, folder=self.folder, stream=stream)
        else:
            process.stdin.write(
                json.dumps({"seconds": seconds, "at_once": at_once, "stream": stream}) + "\n"
            )
            said = self._line(process)
            load = Load(said["calls"], said["calls"] / said["seconds"], said["p50"], said["p99"])
            first = said["first_p50"]
        return load, (taken(process.pid).seconds - before) / load.calls * 1e6, first

    def _whole(self, upstream: int) -> None:
        direct = self._direct(upstream)
        bare = wrk(direct, 1, self._seconds(3), folder=self.folder)
        with self._gateway(upstream) as (process, ask):
            _ = self._load(process, ask, 16, seconds=self._seconds(3))
            one, _, _ = self._load(process, ask, 1, seconds=self._seconds(5))
            many, cpu, _ = self._load(process, ask, 64, seconds=self._seconds(8))
            self.row |= {
                "added_p50": one.p50 - bare.p50,
                "added_p99": one.p99 - bare.p99,
                "a_second": many.a_second,
                "cpu": cpu,
                "resident": taken(process.pid).resident / 1e6,
            }
            if self.options.memory and self.gateway.name == "podium":
                self._memory(process, ask)

    def _memory(self, process: subprocess.Popen[str], ask: Ask) -> None:
        before, calls = taken(process.pid).resident, 0
        while calls < self.options.memory:
            calls += wrk(ask, 64, 10, folder=self.folder).calls
        self.row["growth"] = (taken(process.pid).resident / before - 1) * 100
        self.row["growth_calls"] = calls

    def _streams(self, upstream: int) -> None:
        times = 20 if self.options.quick else 60
        bare = first_chunk(self._direct(upstream), times)
        with self._gateway(upstream) as (process, ask):
            _, cpu, _ = self._load(process, ask, 16, seconds=self._seconds(6), stream=True)
            if process.stdin is None:
                first = first_chunk(ask, times)
            else:
                first = self._load(process, ask, 1, seconds=self._seconds(6), stream=True)[2]
            self.row |= {"stream_cpu": cpu, "first": first - bare}

    def _direct(self, upstream: int) -> Ask:
        headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-loopback"}
        return Ask(f"http://127.0.0.1:{upstream}/v1/chat/completions", "swift-upstream", headers)


def main() -> None:
    options = _options()
    chosen = [g for g in GATEWAYS if not options.only or g.name in options.only.split(",")]
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    failed: dict[str, str] = {}
    loads = [machine_load()]
    for number in range(options.rounds):
        for gateway in chosen if number % 2 == 0 else reversed(chosen):
            problem = _measured(gateway, options, rows[gateway.name])
            if problem:
                failed[gateway.name] = problem
            print(f"round {number + 1}: {gateway.name}: {problem or 'measured'}", flush=True)
        loads.append(machine_load())
    told = {
        "figures": _medians(rows),
        "failed": failed,
        "rounds": options.rounds,
        "loads": loads,
        "versions": versions(),
        "on": {g.name: g.on for g in chosen},
        "date": time.strftime("%Y-%m-%d"),
    }
    print(page(told))
    if not options.quick and not options.only:
        write(told)


def _measured(gateway: Gateway, options: argparse.Namespace, rows: list[Row]) -> str:
    """What kept it from being measured, or a part of it; empty where nothing did."""
    with tempfile.TemporaryDirectory(prefix="bench-gateway-") as folder:
        one = Round(gateway, Path(folder), options)
        try:
            rows.append(one.measure())
        except (LookupError, BadAnswersError, OSError, subprocess.SubprocessError) as error:
            return str(error)[:300]
        return one.problem[:300]


def _medians(rows: dict[str, list[Row]]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for name, its in rows.items():
        keys = {key for row in its for key in row}
        found[name] = {key: median(row[key] for row in its if key in row) for key in sorted(keys)}
    return {name: row for name, row in found.items() if row}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    _ = parser.add_argument(
        "--quick", action="store_true", help="A quarter of the time; figures say little."
    )
    _ = parser.add_argument("--only", default="", help="Names of gateways, with commas between.")
    _ = parser.add_argument("--rounds", type=int, default=2)
    _ = parser.add_argument(
        "--memory", type=int, default=0, help="Also: podium's memory after so many requests."
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
