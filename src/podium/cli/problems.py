"""RFC 9457 problems back to the kernel's errors, and broken connections to sentences."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import aiohttp
import msgspec

from podium.kernel.errors import (
    Conflict,
    Invalid,
    LimitReached,
    NotFound,
    PodiumError,
    Problem,
    Refused,
    TimedOut,
    Unauthenticated,
    Unavailable,
)

_PLAIN: Final[Mapping[int, type[PodiumError]]] = {
    401: Unauthenticated,
    403: Refused,
    404: NotFound,
    409: Conflict,
    502: Unavailable,
    503: Unavailable,
    504: TimedOut,
}


class _Reason(msgspec.Struct, frozen=True):
    message: str = ""
    rule: str = ""
    path: str = ""
    line: int = 0
    column: int = 0


class _Problem(msgspec.Struct, frozen=True):
    title: str = ""
    detail: str = ""
    problems: Sequence[_Reason] = ()


def of_response(status: int, body: bytes, headers: Mapping[str, str]) -> PodiumError:
    """What a refusing answer means."""
    problem = _read(body)
    said = problem.detail or problem.title or f"The server answered {status}."
    if status == 401:  # noqa: PLR2004 - an HTTP status
        said += " Set PODIUM_API_KEY to an API key (`podium keys create` makes one)."
    match status:
        case 400 | 413 | 415 | 422:
            return Invalid(said, problems=[_reason(one) for one in problem.problems])
        case 429:
            return LimitReached(said, retry_after=_seconds(headers.get("Retry-After")))
        case _ if status in _PLAIN:
            return _PLAIN[status](said)
        case _:
            return PodiumError(f"{said} (HTTP {status})")


@contextmanager
def of_transport(url: str) -> Generator[None]:
    """Turn a connection that fails or breaks into Unavailable."""
    try:
        yield
    except TimeoutError as error:
        raise TimedOut(f"The server at {url} did not answer in time. Try again.") from error
    except aiohttp.InvalidURL as error:
        raise Invalid(f"{url!r} is no URL. Write it like http://127.0.0.1:8700.") from error
    except aiohttp.ClientConnectorError as error:
        raise Unavailable(
            f"No server answers at {url} ({error.os_error.strerror or error.os_error}). "
            f"Start one with `podium up`, or check --server."
        ) from error
    except aiohttp.ClientError as error:
        raise Unavailable(
            f"The server at {url} ended in the middle of an answer ({error}). "
            f"Run the command again."
        ) from error


def _read(body: bytes) -> _Problem:
    try:
        return msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        return _Problem()


def _reason(one: _Reason) -> Problem:
    return Problem(one.message, one.rule, one.path, one.line, one.column)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() else None
