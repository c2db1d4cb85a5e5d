"""A small pool of jq workers, started when first needed and replaced when one is killed."""

import signal
import struct
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self, cast

import anyio
import anyio.to_thread
import msgspec

from podium.adapters.jq.process import Ended, Process
from podium.kernel.json import Json, JsonObject
from podium.workflows.expressions.errors import ExpressionError, Kind

GIB: Final = 1 << 30
MAX_INPUT: Final = 16_000_000
_HEAD: Final = struct.Struct(">cII")
_KINDS: Final[dict[bytes, Kind]] = {b"s": "syntax", b"r": "runtime", b"m": "memory"}
_TIMERS: Final = frozenset({signal.SIGPROF, signal.SIGXCPU, signal.SIGKILL})
_BUSY: Final = 20.0
"""Seconds more than its own that an evaluation has where others have the processor."""
_REAP_SECONDS: Final = 0.01


class JqWorkers:
    """Implements `podium.workflows.expressions.ports.Jq`.

    At most `size` evaluations run at once, each for `deadline` seconds of the processor at most;
    the worker of one that takes longer is killed, and one that wants more than `memory` bytes
    ends. Belongs to one event loop. Use it as an async context manager or call `close`.
    """

    def __init__(self, *, size: int = 2, deadline: float = 1.0, memory: int = GIB) -> None:
        self._deadline: float = deadline
        self._memory: int = memory
        self._turns: anyio.Semaphore = anyio.Semaphore(size, fast_acquire=True)
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._dying: list[Process] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def evaluate(self, program: str, data: Json, variables: JsonObject) -> Json:
        key = f"{' '.join(variables)}\n{program}"
        answer = await self._ask(b"e", key, _encoded([data, *variables.values()]))
        return _decoded(answer)

    async def check(self, program: str, variables: Sequence[str]) -> str | None:
        try:
            _ = await self._ask(b"c", f"{' '.join(variables)}\n{program}", b"")
        except ExpressionError as error:
            return error.message
        return None

    async def close(self) -> None:
        """Ends every worker and waits until the system has let go of them."""
        for process in [*self._idle, *self._busy]:
            self._discard(process)
        self._idle.clear()
        while self._dying:
            self._reap()
            await anyio.sleep(_REAP_SECONDS)

    async def _ask(self, operation: bytes, key: str, text: bytes) -> bytes:
        name = _utf8(key)
        head = _HEAD.pack(operation, int(self._deadline * 1000), len(name))
        async with self._turns:
            process = await self._take()
            try:
                answer = await process.ask(head + name + text, self._deadline + _BUSY)
            except TimeoutError:
                self._discard(process)
                raise self._late() from None
            except Ended as end:
                self._discard(process)
                raise self._ended(end.signal) from None
            except BaseException:
                self._discard(process)
                raise
            self._busy.discard(process)
            self._idle.append(process)
        return _accepted(answer)

    async def _take(self) -> Process:
        self._reap()
        while self._idle:
            process = self._idle.pop()
            if not process.ended:
                self._busy.add(process)
                return process
            self._discard(process)
        process = await anyio.to_thread.run_sync(Process, self._memory)
        self._busy.add(process)
        try:
            await process.ready()
        except BaseException:
            self._discard(process)
            raise
        return process

    def _discard(self, process: Process) -> None:
        self._busy.discard(process)
        process.kill()
        self._dying.append(process)

    def _reap(self) -> None:
        self._dying = [process for process in self._dying if not process.reaped()]

    def _late(self) -> ExpressionError:
        return ExpressionError(
            (
                f"It was stopped after {self._deadline:g} s. Look for a loop without an end, "
                "or move the work into a task."
            ),
            kind="timeout",
        )

    def _ended(self, by: int) -> ExpressionError:
        if by in _TIMERS:
            return self._late()
        return ExpressionError(
            (
                "It used more memory or nesting than an expression may have and was stopped. "
                "Work on a smaller part of the data."
            ),
            kind="memory",
        )


def _utf8(key: str) -> bytes:
    try:
        return key.encode()
    except UnicodeEncodeError:
        raise ExpressionError("It holds half of a surrogate pair.", kind="syntax") from None


def _encoded(values: list[Json]) -> bytes:
    try:
        text = msgspec.json.encode(values)
    except (UnicodeEncodeError, RecursionError, ValueError, TypeError) as error:
        raise ExpressionError(f"Its input is no JSON: {error}.", kind="runtime") from error
    if len(text) > MAX_INPUT:
        raise ExpressionError(
            f"Its input has {len(text):,} bytes, over {MAX_INPUT:,}. Pass a smaller part of it.",
            kind="memory",
        )
    return text


def _accepted(answer: bytes) -> bytes:
    kind = _KINDS.get(answer[:1])
    if kind is None:
        return answer[1:]
    raise ExpressionError(answer[1:].decode(errors="replace").rstrip(".") + ".", kind=kind)


def _decoded(text: bytes) -> Json:
    try:
        result = cast("Json", msgspec.json.decode(text))
    except (msgspec.DecodeError, RecursionError) as error:
        raise ExpressionError(
            (
                f"Its result is no JSON that podium can carry ({error}): a number is too large "
                "or the nesting too deep."
            ),
            kind="runtime",
        ) from error
    return result
