"""Calls to one provider over HTTP, whose failures are told in the gateway's words."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from msgspec import Struct

from podium.adapters.http.errors import BrokenOff, DeadlinePassed, Phase, TooLarge
from podium.adapters.http.exchange import Timeouts
from podium.adapters.upstream.target import Target, target_of
from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Deadlines, Outcome
from podium.kernel.errors import PodiumError, TimedOut
from podium.protocols.endpoints import Endpoint, Key
from podium.protocols.refusals import clean, refusal, told_of

_ERROR_BYTES = 65_536
_OK = range(200, 300)
_UNAUTHORIZED = 401
_MOST_TARGETS = 256


class Whole(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Body(Protocol):
    """A response whose body is read piece by piece. Close it after use."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...

    async def read(self) -> bytes:
        """Some bytes as they came; empty at the end."""
        ...

    async def whole(self, max_bytes: int) -> bytes: ...
    def close(self) -> None: ...


class Http(Protocol):
    """What is needed of the HTTP client."""

    async def send(
        self, target: Target, body: bytes, *, timeouts: Timeouts, max_bytes: int
    ) -> Whole: ...

    async def open(self, target: Target, body: bytes, *, timeouts: Timeouts) -> Body: ...


class Post(Struct, frozen=True):
    """What is posted to a provider; `path` is appended to the base URL of its endpoint."""

    path: str
    body: bytes
    headers: Mapping[str, str] = {}

    @property
    def name(self) -> tuple[str, ...]:
        """What tells its head from others."""
        return (self.path, *self.headers.values()) if self.headers else (self.path,)


class ProviderCalls:
    """Raises UpstreamFailed and nothing else."""

    def __init__(self, endpoint: Endpoint, http: Http) -> None:
        self._endpoint: Endpoint = endpoint
        self._http: Http = http
        self._targets: dict[tuple[str, ...], Target] = {}

    @property
    def provider(self) -> str:
        return self._endpoint.provider

    @property
    def secret(self) -> str:
        """What must stand in no message."""
        return self._endpoint.credential.sent

    @property
    def max_bytes(self) -> int:
        return self._endpoint.max_bytes

    async def whole(self, post: Post, deadlines: Deadlines) -> Whole:
        """A successful answer."""
        total = deadlines.total
        timeouts = Timeouts(deadlines.connect, total, total, total)
        try:
            target = self._targets.get(post.name) or await self._target(post)
            most, send = self._endpoint.max_bytes, self._http.send
            answer = await send(target, post.body, timeouts=timeouts, max_bytes=most)
            if answer.status == _UNAUTHORIZED and self._show_again(target):
                again = await self._target(post)
                answer = await send(again, post.body, timeouts=timeouts, max_bytes=most)
        except PodiumError as error:
            raise self.failed(error) from error
        if answer.status not in _OK:
            raise self._refused(answer.status, answer.headers, answer.body[:_ERROR_BYTES])
        return answer

    async def opened(self, post: Post, deadlines: Deadlines) -> Body:
        """A successful answer that comes in pieces. Close it after use."""
        timeouts = Timeouts(
            deadlines.connect, deadlines.first_token, deadlines.between_tokens, deadlines.total
        )
        try:
            target = self._targets.get(post.name) or await self._target(post)
            body = await self._http.open(target, post.body, timeouts=timeouts)
            if body.status == _UNAUTHORIZED and self._show_again(target):
                body.close()
                again = await self._target(post)
                body = await self._http.open(again, post.body, timeouts=timeouts)
        except PodiumError as error:
            raise self.failed(error) from error
        if body.status in _OK:
            return body
        try:
            said = await body.whole(_ERROR_BYTES)
        except PodiumError:
            said = b""
        finally:
            body.close()
        raise self._refused(body.status, body.headers, said)

    def malformed(self, what: str) -> UpstreamFailed:
        message = f"Provider '{self.provider}' cannot be understood: {what}."
        return UpstreamFailed(Failure(Outcome.MALFORMED, clean(message, self.secret)))

    def told(self, failed: UpstreamFailed) -> UpstreamFailed:
        """What a wire format found wrong, as a sentence about this provider."""
        return told_of(self.provider, failed, secret=self.secret)

    def failed(self, error: PodiumError) -> UpstreamFailed:
        """The errors of the HTTP client in the gateway's words."""
        if isinstance(error, UpstreamFailed):
            return error
        outcome = Outcome.CONNECT
        match error:
            case DeadlinePassed(phase=Phase.CONNECT):
                outcome = Outcome.CONNECT
            case TimedOut():
                outcome = Outcome.TIMEOUT
            case TooLarge():
                outcome = Outcome.TOO_LARGE
            case BrokenOff():
                outcome = Outcome.BROKEN
            case _:
                pass
        message = f"Provider '{self.provider}': {error.message}"
        return UpstreamFailed(Failure(outcome, clean(message, self.secret)))

    async def _target(self, post: Post) -> Target:
        """Asked twice, a model does no harm: the request may be sent again over a connection that
        was found closed. A head that never changes is made once, and kept.
        """
        asked = await self._endpoint.asked(post.path, post.body, post.headers)
        made = replace(target_of(asked), repeatable=True)
        if isinstance(self._endpoint.credential, Key) and len(self._targets) < _MOST_TARGETS:
            self._targets[post.name] = made
        return made

    def _show_again(self, target: Target) -> bool:
        """A token may have run out before its time: then another one is fetched, once."""
        return self._endpoint.credential.refused(target.headers)

    def _refused(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamFailed:
        return UpstreamFailed(
            refusal(self.provider, status, headers, body=body, secret=self.secret)
        )
