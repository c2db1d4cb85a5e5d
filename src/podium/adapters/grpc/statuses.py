"""What a status other than OK means. Source: the list of codes in gRPC's documentation, and the
HTTP statuses that google.rpc.Code gives them.
"""

from collections.abc import Mapping
from typing import Final

from podium.kernel.errors import (
    LimitReached,
    PodiumError,
    Refused,
    TimedOut,
    Unauthenticated,
    Unavailable,
)

HTTP: Final[Mapping[str, int]] = {
    "CANCELLED": 499,
    "UNKNOWN": 500,
    "INVALID_ARGUMENT": 400,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429,
    "FAILED_PRECONDITION": 400,
    "ABORTED": 409,
    "OUT_OF_RANGE": 400,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DATA_LOSS": 500,
}
_TOO_LARGE: Final = "(CLIENT: Received message larger than max"
_SAID: Final = 300


def failure(what: str, status: str, details: str) -> PodiumError:
    """`what` was called; `details` is the text that came with the status."""
    said = (
        f"{what} answered {status}: {details[:_SAID]}" if details else f"{what} answered {status}."
    )
    match status:
        case "UNAUTHENTICATED":
            return Unauthenticated(said)
        case "PERMISSION_DENIED":
            return Refused(said)
        case "DEADLINE_EXCEEDED":
            return TimedOut(said)
        case "RESOURCE_EXHAUSTED" if _TOO_LARGE in details:
            return LimitReached(f"The answer of {what} is larger than it may be. {details}")
        case _:
            return Unavailable(said, details={"status": HTTP.get(status, 500)})
