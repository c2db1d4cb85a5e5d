"""Guard points: before the model, after it, and inside streams. Governance plugs into them.

A guard that fails, or takes longer than it may, blocks: nothing passes that was not looked at.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import anyio

from podium.gateway.models import Noted
from podium.gateway.requests import Reply, Request
from podium.identity.principal import Principal
from podium.kernel.errors import Refused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Allow:
    """It goes on as it is."""


@dataclass(frozen=True, slots=True)
class Block:
    """It goes no further. `reason` is a sentence for the caller, without what was found."""

    reason: str


@dataclass(frozen=True, slots=True)
class Redact(Generic[T]):
    """`value` goes on in its place."""

    value: T


Verdict = Allow | Block | Redact[T]


class StreamGuard(Protocol):
    """One stream. It may hold bytes back until it has seen enough; `end` lets the rest go."""

    async def piece(self, piece: bytes) -> Verdict[bytes]: ...

    async def end(self) -> Verdict[bytes]: ...


class Watcher(Protocol):
    """One call under the eyes of one guard, which knows of the answer what it learned before."""

    async def before(self, request: Request) -> Verdict[Request]: ...

    async def after(self, reply: Reply) -> Verdict[Reply]: ...

    def stream(self) -> StreamGuard | None:
        """For an answer in pieces; None where it has nothing to look for in it. Raises what counts
        as a failure.
        """
        ...

    @property
    def keeps(self) -> bool:
        """Whether the cache may keep the answer as the upstream gave it: each caller's own watcher
        sees it on its way out.
        """
        ...

    @property
    def noted(self) -> Sequence[Noted]:
        """What it did or would have done, for the record."""
        ...


class Guard(Protocol):
    @property
    def name(self) -> str: ...

    def watcher(self, principal: Principal, route: str, request: Request) -> Watcher | None:
        """None where it has nothing to look for in this call. Raises what counts as a failure."""
        ...


Watched = Sequence[tuple[str, Watcher]]


@dataclass(frozen=True, slots=True)
class Guards:
    """All of them, in order: each sees what the one before it has let through; of answers the last
    one sees first what the upstream said.
    """

    guards: Sequence[Guard] = ()
    seconds: float = 5.0

    def watch(self, principal: Principal, route: str, request: Request) -> "Watch | None":
        """None where nobody watches this call. Raises Refused."""
        watched: list[tuple[str, Watcher]] = []
        for guard in self.guards:
            try:
                watcher = guard.watcher(principal, route, request)
            except Exception as failed:
                raise _failed(guard.name, "failed") from failed
            if watcher is not None:
                watched.append((guard.name, watcher))
        return Watch(watched, self.seconds) if watched else None


@dataclass(frozen=True, slots=True)
class Watch:
    """One call under the eyes of all guards that it concerns."""

    watched: Watched
    seconds: float

    @property
    def keeps(self) -> bool:
        return all(watcher.keeps for _, watcher in self.watched)

    def noted(self) -> tuple[Noted, ...]:
        return tuple(note for _, watcher in self.watched for note in watcher.noted)

    async def before(self, request: Request) -> Request:
        """Raises Refused."""
        for name, watcher in self.watched:
            request = await said(name, watcher.before(request), request, seconds=self.seconds)
        return request

    async def after(self, reply: Reply) -> Reply:
        """Raises Refused."""
        for name, watcher in reversed(self.watched):
            reply = await said(name, watcher.after(reply), reply, seconds=self.seconds)
        return reply

    def stream(self) -> "StreamWatch | None":
        """None where nobody looks into it. Raises Refused."""
        begun: list[tuple[str, StreamGuard]] = []
        for name, watcher in reversed(self.watched):
            try:
                stream = watcher.stream()
            except Exception as failed:
                raise _failed(name, "failed") from failed
            if stream is not None:
                begun.append((name, stream))
        return StreamWatch(begun, self.seconds) if begun else None


@dataclass(frozen=True, slots=True)
class StreamWatch:
    watching: Sequence[tuple[str, StreamGuard]]
    seconds: float

    async def piece(self, piece: bytes) -> bytes:
        """What goes on; may be empty. Raises Refused."""
        for name, guard in self.watching:
            if piece:
                piece = await said(name, guard.piece(piece), piece, seconds=self.seconds)
        return piece

    async def end(self) -> bytes:
        """What was held back. Raises Refused."""
        held = b""
        for name, guard in self.watching:
            if held:
                held = await said(name, guard.piece(held), held, seconds=self.seconds)
            held += await said(name, guard.end(), b"", seconds=self.seconds)
        return held


async def said(name: str, asked: Awaitable[Verdict[T]], value: T, *, seconds: float) -> T:
    """Raises Refused."""
    verdict: Verdict[T] | None = None
    try:
        with anyio.move_on_after(seconds):
            verdict = await asked
    except Exception as failed:
        raise _failed(name, "failed") from failed
    match verdict:
        case Allow():
            return value
        case Redact(value=instead):
            return instead
        case Block(reason=reason):
            raise Refused(f"{reason} [guard {name}]")
        case None:
            raise _failed(name, f"did not decide within {seconds:g} s")


def _failed(name: str, how: str) -> Refused:
    return Refused(
        f"The guard '{name}' {how}, and what it has not looked at does not pass. "
        "Try again; tell your administrator if it stays so."
    )
