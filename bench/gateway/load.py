"""Load from outside: wrk, a probe of first chunks, and what processes take of a processor."""

import json
import os
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from http.client import OK, HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

TICK = os.sysconf("SC_CLK_TCK")
_LUA = """wrk.method = "POST"
wrk.body = %s
wrk.headers = %s
local threads, bad = {}, 0
function setup(thread) table.insert(threads, thread) end
function init() failed = 0 end
function response(status, _, body)
  if status == 200 then return end
  if failed == 0 then io.stderr:write(status .. " " .. body:sub(1, 300) .. "\\n") end
  failed = failed + 1
end
function done(summary, latency)
  for _, thread in ipairs(threads) do bad = bad + thread:get("failed") end
  local e = summary.errors
  io.write(string.format("FIGURES %%d %%d %%.3f %%.3f %%d\\n", summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    bad + e.connect + e.read + e.write + e.timeout))
end
"""


class BadAnswersError(Exception):
    """A gateway that does not answer what it should has no figure."""


@dataclass(frozen=True)
class Load:
    """Latencies in milliseconds."""

    calls: int
    a_second: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Ask:
    """One request: a chat of about 480 bytes."""

    url: str
    model: str
    headers: dict[str, str]

    def body(self, *, stream: bool) -> str:
        said = "Say in one sentence what a river carries. " * 9
        asked: dict[str, object] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": "You answer in one sentence."},
                {"role": "user", "content": said.strip()},
            ],
            "max_tokens": 100,
        }
        return json.dumps({**asked, "stream": True} if stream else asked)


def wrk(ask: Ask, at_once: int, seconds: int, *, folder: Path, stream: bool = False) -> Load:
    """Raises BadAnswersError."""
    script = folder / "ask.lua"
    fields = ", ".join(f"[{json.dumps(k)}] = {json.dumps(v)}" for k, v in ask.headers.items())
    script.write_text(_LUA % (json.dumps(ask.body(stream=stream)), "{" + fields + "}"))
    command = [
        "taskset",
        "-c",
        "1",
        "wrk",
        "-t1",
        f"-c{at_once}",
        f"-d{seconds}s",
        "--timeout",
        "20s",  # a slow answer is no bad one: its time is in the figures
        "-s",
        str(script),
    ]
    ran = subprocess.run([*command, ask.url], check=True, capture_output=True, text=True)
    found = re.search(r"FIGURES (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", ran.stdout)
    if found is None or int(found[5]) or not int(found[1]):
        raise BadAnswersError((ran.stderr or ran.stdout)[-400:])
    calls, micros = int(found[1]), int(found[2])
    return Load(calls, calls / (micros / 1e6), float(found[3]), float(found[4]))


def first_chunk(ask: Ask, times: int) -> float:
    """Milliseconds from sending a request to the first event of its stream, median."""
    parts = urlsplit(ask.url)
    body = ask.body(stream=True).encode()
    fields = {**ask.headers, "Host": parts.netloc, "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    sent = f"POST {parts.path} HTTP/1.1\r\n{head}\r\n".encode() + body
    took: list[float] = []
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(times):
            began, said, first = time.perf_counter(), b"", 0.0
            link.sendall(sent)
            while b"\r\n0\r\n\r\n" not in said:
                piece = link.recv(65_536)
                if not piece:
                    raise BadAnswersError("The stream broke off.")
                said += piece
                if not first and b"data: " in said:
                    first = time.perf_counter() - began
            took.append(first * 1000)
    return median(took)


def first_answer(ask: Ask) -> None:
    """Some gateways answer their first request late. Raises BadAnswersError."""
    parts = urlsplit(ask.url)
    link = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        link.request("POST", parts.path, ask.body(stream=False), ask.headers)
        answer = link.getresponse()
        said = answer.read()
    finally:
        link.close()
    if answer.status != OK:
        raise BadAnswersError(f"{answer.status} {said[:300]!r}")


@dataclass(frozen=True)
class Taken:
    """Of a process with all its descendants: seconds of a processor, resident bytes."""

    seconds: float
    resident: int


def taken(pid: int) -> Taken:
    seconds, resident = 0.0, 0
    for each in (pid, *_descendants(pid)):
        try:
            fields = Path(f"/proc/{each}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            continue
        seconds += (int(fields[11]) + int(fields[12])) / TICK
        resident += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return Taken(seconds, resident)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text("ascii").split():
            found += [int(child), *_descendants(int(child))]
    return found
