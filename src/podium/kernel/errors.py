"""One small tree of errors.

A message says what, with which value, and what to do about it. The entrances translate the
class (the API to a status, the command line to an exit code); nothing else looks at it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple


class PodiumError(Exception):
    """Any failure podium knows by name; `code` is stable, the message is for people."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message: str = message
        self.details: Mapping[str, object] = details or {}


class NotFound(PodiumError):
    code: ClassVar[str] = "not_found"


class Conflict(PodiumError):
    code: ClassVar[str] = "conflict"


class Unauthenticated(PodiumError):
    code: ClassVar[str] = "unauthenticated"


class Refused(PodiumError):
    """The caller is known and may not do this."""

    code: ClassVar[str] = "refused"


class Invalid(PodiumError):
    """What was given cannot be accepted as it is; `problems` lists each reason."""

    code: ClassVar[str] = "invalid"

    def __init__(
        self,
        message: str,
        *,
        problems: "Sequence[Problem]" = (),
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, details=details)
        self.problems: tuple[Problem, ...] = tuple(problems)


class Quota(NamedTuple):
    """How much is left of what may be used within a window of so many seconds. `at` is when that
    was so, in seconds since 1970.
    """

    unit: str
    """`requests` or `tokens`."""
    limit: int
    left: int
    window: int
    at: float


class LimitReached(PodiumError):
    """`quotas` are the caller's own, where it was one of those."""

    code: ClassVar[str] = "limit_reached"

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        quotas: "Sequence[Quota]" = (),
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, details=details)
        self.retry_after: float | None = retry_after
        self.quotas: tuple[Quota, ...] = tuple(quotas)


class Unavailable(PodiumError):
    """Something podium needs (a model, a database, a service) does not answer now."""

    code: ClassVar[str] = "unavailable"


class TimedOut(Unavailable):
    code: ClassVar[str] = "timed_out"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason in an `Invalid`: where it is and which rule it breaks.

    `line` and `column` count from 1; 0 means that the place has none (it was not read from text).
    `path` is a JSON pointer into the document.
    """

    message: str
    rule: str
    path: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}: " if self.line else ""
        return f"{place}{self.message} [{self.rule}]"
