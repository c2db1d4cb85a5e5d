"""Guard points: before the model, after it, and inside streams. Governance plugs into them.

A guard that fails, or takes longer than it may, blocks: nothing passes that was not looked at.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import anyio

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


class Guard(Protocol):
    @property
    def name(self) -> str: ...

    async def before(self, principal: Principal, request: Request) -> Verdict[Request]: ...

    async def after(self, request: Request, reply: Reply) -> Verdict[Reply]: ...

    def stream(self, request: Request) -> StreamGuard:
        """For one answer that comes in pieces. Raises what counts as a failure."""
        ...


@dataclass(frozen=True, slots=True)
class Guards:
    """All of them, in order: each sees what the one before it has let through."""

    guards: Sequence[Guard] = ()
    seconds: float = 5.0

    async def before(self, principal: Principal, request: Request) -> Request:
        """Raises Refused."""
        for guard in self.guards:
            request = await self._said(guard.name, guard.before(principal, request), request)
        return request

    async def after(self, request: Request, reply: Reply) -> Reply:
        """Raises Refused."""
        for guard in self.guards:
            reply = await self._said(guard.name, guard.after(request, reply), reply)
        return reply

    def stream(self, request: Request) -> "Watch | None":
        """None where nobody watches. Raises Refused."""
        if not self.guards:
            return None
        return Watch(self, [(guard.name, _begun(guard, request)) for guard in self.guards])

    async def _said(self, name: str, asked: Awaitable[Verdict[T]], value: T) -> T:
        """Raises Refused."""
        verdict: Verdict[T] | None = None
        try:
            with anyio.move_on_after(self.seconds):
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
                raise _failed(name, f"did not decide within {self.seconds:g} s")

    async def said(self, name: str, asked: Awaitable[Verdict[bytes]], piece: bytes) -> bytes:
        return await self._said(name, asked, piece)


@dataclass(frozen=True, slots=True)
class Watch:
    """One stream under the eyes of all guards."""

    guards: Guards
    watching: Sequence[tuple[str, StreamGuard]]

    async def piece(self, piece: bytes) -> bytes:
        """What goes on; may be empty. Raises Refused."""
        for name, guard in self.watching:
            if piece:
                piece = await self.guards.said(name, guard.piece(piece), piece)
        return piece

    async def end(self) -> bytes:
        """What was held back. Raises Refused."""
        held = b""
        for name, guard in self.watching:
            if held:
                held = await self.guards.said(name, guard.piece(held), held)
            held += await self.guards.said(name, guard.end(), b"")
        return held


def _begun(guard: Guard, request: Request) -> StreamGuard:
    try:
        return guard.stream(request)
    except Exception as failed:
        raise _failed(guard.name, "failed") from failed


def _failed(name: str, how: str) -> Refused:
    return Refused(
        f"The guard '{name}' {how}, and what it has not looked at does not pass. "
        "Try again; tell your administrator if it stays so."
    )
