"""MCP over the standard streams of a process: one JSON message a line.

Source: Model Context Protocol, Transports, "stdio".
"""

from collections.abc import Mapping
from typing import Final, Protocol

from podium.kernel.errors import PodiumError
from podium.kernel.json import JsonObject
from podium.protocols import jsonrpc
from podium.protocols.jsonrpc import Budget, Malformed

_MOST_QUESTIONS: Final = 100


class Process(Protocol):
    async def write(self, data: bytes) -> None:
        """To its standard input. Raises BrokenOff where it reads no more."""
        ...

    async def read(self) -> bytes:
        """Some bytes of its standard output as they come; empty at the end."""
        ...

    async def ended(self) -> PodiumError:
        """Why there is nothing more to read."""
        ...


class LineChannel:
    """Answers to requests that were given up are skipped: they come when they like."""

    def __init__(self, process: Process, who: str, budget: Budget) -> None:
        self._process: Process = process
        self._budget: Budget = budget
        self._begun: list[bytes] = []
        self._lines: list[bytes] = []
        self.who: str = who
        self.mirrors: bool = False

    async def exchange(self, message: JsonObject, head: Mapping[str, str]) -> JsonObject:
        """The response to a request. Raises Malformed, TooLarge, and why the process ended."""
        await self.tell(message, head)
        number, questions = message["id"], 0
        while True:
            found = jsonrpc.parsed(await self._line(), self.who)
            if jsonrpc.is_request(found):
                questions += 1
                if questions > _MOST_QUESTIONS:
                    raise Malformed(f"'{self.who}' asks back more than {_MOST_QUESTIONS} times.")
                await self.tell(jsonrpc.reply(found), head)
            elif jsonrpc.is_response(found) and not _earlier(found.get("id"), number):
                return found

    async def tell(self, message: JsonObject, head: Mapping[str, str]) -> None:  # noqa: ARG002 # pyright: ignore[reportUnusedParameter] - a line has no head
        await self._process.write(jsonrpc.encoded(message) + b"\n")

    async def _line(self) -> bytes:
        """The next line that is not empty."""
        while True:
            while self._lines:
                line = self._lines.pop()
                if line.strip():
                    return line
            piece = await self._process.read()
            if not piece:
                raise await self._process.ended()
            self._budget.take(len(piece))
            self._begun.append(piece)
            if b"\n" in piece:
                *whole, rest = b"".join(self._begun).split(b"\n")
                self._lines, self._begun = whole[::-1], [rest]


def _earlier(answered: object, number: object) -> bool:
    return isinstance(answered, int) and isinstance(number, int) and 0 < answered < number
