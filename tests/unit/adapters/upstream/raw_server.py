"""A server on loopback that sends bytes as its script says, whatever it is asked."""

import asyncio
import contextlib
import re
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CUT = "cut"
"""Close the connection at once."""
RESET = "reset"
"""Reset the connection: what was sent may never be read."""
SHUT = "shut"
"""Close the connection in order."""

Step = bytes | str | asyncio.Event | Callable[[], None]
Script = Sequence[Step]


def ok(body: bytes, *more: str) -> bytes:
    lines = [f"Content-Length: {len(body)}", *more]
    head = "".join(f"{line}\r\n" for line in lines)
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + body


def chunks(*pieces: bytes, trailers: str = "") -> list[bytes]:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return [head, *(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces), f"0\r\n{trailers}\r\n".encode()]


@dataclass
class Asked:
    head: bytes
    body: bytes
    connection: int


@dataclass
class RawServer:
    """Plays one script for each request; the last one is repeated. Events are waited for,
    functions called.
    """

    scripts: list[Script]
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with every connection that ends, for whoever clears it."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/x"

    async def until_open_are(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.open != count:
                self.closed.clear()
                await self.closed.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self._talk(reader, writer, self.connections)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            self.closed.set()
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    async def _talk(self, reader, writer, number: int) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            self.asked.append(Asked(head, body, number))
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            for step in script:
                match step:
                    case bytes():
                        writer.write(step)
                        await writer.drain()
                    case asyncio.Event():
                        await _event_or_end(step, reader)
                    case "cut":
                        writer.transport.abort()
                        return
                    case "reset":
                        linger = struct.pack("ii", 1, 0)
                        found = writer.get_extra_info("socket")
                        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                        writer.transport.abort()
                        return
                    case "shut":
                        return
                    case _:
                        step()


async def _event_or_end(event: asyncio.Event, reader: asyncio.StreamReader) -> None:
    """Whoever waits for something also sees that the other side leaves."""
    waits = asyncio.ensure_future(event.wait())
    ends = asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait((waits, ends), return_when=asyncio.FIRST_COMPLETED)
        if not waits.done():
            raise ConnectionResetError
    finally:
        for each in (waits, ends):
            each.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await each


@asynccontextmanager
async def serving(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncGenerator[RawServer]:
    raw = RawServer(list(scripts))
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0, ssl=tls, limit=1 << 22)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        server.close()
        await asyncio.sleep(0)
