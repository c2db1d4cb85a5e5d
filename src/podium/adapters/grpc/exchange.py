"""One call: what is sent, what has come back so far, and how it failed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Final, Protocol, cast

from podium.adapters.grpc.statuses import failure
from podium.kernel.errors import LimitReached, PodiumError

MOST_MESSAGES: Final = 100_000


class _Status(Protocol):
    name: str


class _RpcError(Protocol):
    def code(self) -> _Status: ...
    def details(self) -> str | None: ...


class _Answers(Protocol):
    def __iter__(self) -> Iterator[bytes]: ...
    def cancel(self) -> bool: ...


class _Several(Protocol):
    def __call__(
        self,
        request_iterator: Iterator[bytes],
        *,
        timeout: float,
        metadata: Sequence[tuple[str, str]],
    ) -> _Answers: ...


class BlockingChannel(Protocol):
    def stream_stream(self, method: str) -> _Several: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """`what` is the method and where, for people; `path` is the method on the wire."""

    what: str
    path: str
    seconds: float
    metadata: Sequence[tuple[str, str]]
    max_bytes: int

    def failed(self, error: Exception) -> PodiumError:
        said = cast("_RpcError", cast("object", error))
        return failure(self.what, said.code().name, said.details() or "")


@dataclass(slots=True)
class Received:
    """The messages of an answer, within a size and a number."""

    exchange: Exchange
    messages: list[bytes] = field(default_factory=list[bytes])
    size: int = 0

    def take(self, message: bytes) -> None:
        """Raises LimitReached."""
        self.messages.append(message)
        self.size += len(message)
        if self.size > self.exchange.max_bytes or len(self.messages) > MOST_MESSAGES:
            raise LimitReached(
                f"The answer of {self.exchange.what} is larger than "
                f"{self.exchange.max_bytes:,} bytes or {MOST_MESSAGES:,} messages."
            )


@dataclass(frozen=True, slots=True)
class Stream:
    """A call that sends several messages; closing the channel ends it."""

    exchange: Exchange
    channel: BlockingChannel

    def exchanged(self, messages: Sequence[bytes]) -> Sequence[bytes]:
        exchange, received = self.exchange, Received(self.exchange)
        call = self.channel.stream_stream(exchange.path)
        answers = call(iter(messages), timeout=exchange.seconds, metadata=exchange.metadata)
        try:
            for each in answers:
                received.take(each)
        except rpc_error() as error:
            raise exchange.failed(error) from error
        finally:
            _ = answers.cancel()
        return received.messages


def rpc_error() -> type[Exception]:
    """What grpcio raises for a status other than OK."""
    return cast("type[Exception]", import_module("grpc").RpcError)
