"""The HTTP client of the gateway beside aiohttp, in one run: what an exchange and a piece of a
stream cost this process of a processor.

    make bench-upstream

The server is another process of this machine and is not counted. Rounds go there and back between
the clients, so that noise of the machine meets both; the table has the median of the rounds.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median

import uvloop

from podium.adapters.http.client import HttpClient, HttpRequest
from podium.adapters.http.egress import Egress
from podium.adapters.http.exchange import Timeouts
from podium.adapters.upstream.client import UpstreamClient
from podium.adapters.upstream.target import Target, target

ROUNDS, EXCHANGES, STREAMS, AT_ONCE = 5, 1600, 32, 32
PIECES, PAUSE = 50, 0.002
PATIENT = Timeouts(10, 30, 30, 60)
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer sk-upstream"}
ASKED = json.dumps({"model": "m", "messages": [{"role": "user", "content": "x" * 440}]}).encode()
ASKED_STREAM = ASKED[:-1] + b', "stream": true}'
_ANSWER = json.dumps({"choices": [{"message": {"content": "y" * 420}}], "usage": {}}).encode()
WHOLE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_1\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_ANSWER), _ANSWER)
)
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_EVENT = b"data: " + json.dumps({"choices": [{"delta": {"content": "z" * 200}}]}).encode() + b"\n\n"
PIECE = b"%x\r\n%b\r\n" % (len(_EVENT), _EVENT)

Work = Callable[[], Awaitable[int]]


class Upstream(asyncio.Protocol):
    """Answers each request whole, or with a piece every 2 ms."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(ASKED_STREAM):
            self.transport.write(STREAM_HEAD)
            self.piece(0)
        elif data.endswith(ASKED):
            self.transport.write(WHOLE)

    def piece(self, number: int) -> None:
        if number == PIECES:
            self.transport.write(b"0\r\n\r\n")
            return
        self.transport.write(PIECE)
        asyncio.get_running_loop().call_later(PAUSE, self.piece, number + 1)


async def serve(fileno: int) -> None:
    found = socket.socket(fileno=fileno)
    server = await asyncio.get_running_loop().create_server(Upstream, sock=found)
    await server.serve_forever()


class Ours:
    name = "podium"

    def __init__(self, client: UpstreamClient, asked: Target) -> None:
        self.client, self.asked = client, asked

    async def exchange(self) -> int:
        response = await self.client.send(self.asked, ASKED, timeouts=PATIENT, max_bytes=1_000_000)
        assert response.body == _ANSWER
        return 1

    async def stream(self) -> int:
        count = 0
        async with await self.client.open(self.asked, ASKED_STREAM, timeouts=PATIENT) as stream:
            while await stream.read():
                count += 1
        return count


class Aiohttp:
    """podium's client for everything else, as the gateway used it."""

    name = "aiohttp"

    def __init__(self, client: HttpClient, url: str) -> None:
        self.client, self.url = client, url

    async def exchange(self) -> int:
        asked = HttpRequest("POST", self.url, HEADERS, {}, ASKED)
        async with self.client.stream(asked, PATIENT) as stream:
            assert await stream.whole(1_000_000) == _ANSWER
        return 1

    async def stream(self) -> int:
        count = 0
        asked = HttpRequest("POST", self.url, HEADERS, {}, ASKED_STREAM)
        async with self.client.stream(asked, PATIENT) as stream:
            while await stream.read():
                count += 1
        return count


async def cost(work: Work, times: int) -> float:
    """Microseconds of this process's processor for one of what `work` counts."""
    counted: list[int] = []

    async def some() -> None:
        counted.extend([await work() for _ in range(times // AT_ONCE)])

    began = time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())
    return (time.process_time() - began) / sum(counted) * 1e6


async def measure(url: str) -> dict[str, dict[str, list[float]]]:
    async with (
        UpstreamClient(Egress.anywhere()) as client,
        HttpClient(Egress.anywhere()) as http,
    ):
        clients = (Ours(client, target("POST", url, HEADERS)), Aiohttp(http, url))
        figures = {each.name: {"exchange": [], "piece": []} for each in clients}
        for each in clients:
            await cost(each.exchange, AT_ONCE * 4)
        for number in range(ROUNDS):
            for each in clients if number % 2 else clients[::-1]:
                figures[each.name]["exchange"].append(await cost(each.exchange, EXCHANGES))
                figures[each.name]["piece"].append(await cost(each.stream, STREAMS))
    return figures


def table(figures: dict[str, dict[str, list[float]]]) -> str:
    lines = [
        "| microseconds of a processor | exchange of 500 + 500 bytes | piece of a stream |",
        "|---|---|---|",
    ]
    for name, found in figures.items():
        exchange, piece = median(found["exchange"]), median(found["piece"])
        lines.append(f"| {name} | {exchange:.1f} | {piece:.1f} |")
    ratios = [
        median(a / b for a, b in zip(figures["aiohttp"][k], figures["podium"][k], strict=True))
        for k in ("exchange", "piece")
    ]
    lines.append(f"| ratio | {ratios[0]:.1f} | {ratios[1]:.1f} |")
    return "\n".join(lines)


def main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        os.set_inheritable(listener.fileno(), True)
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.upstream", "--serve", str(listener.fileno())],
            pass_fds=[listener.fileno()],
        )
        try:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1/chat/completions"
            print(table(uvloop.run(measure(url))))
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        uvloop.run(serve(int(sys.argv[2])))
    else:
        main()
