"""An error as Anthropic's clients expect it.

Source: Anthropic, "Errors".
"""

from typing import Final, cast

from podium.kernel.errors import (
    Conflict,
    Invalid,
    LimitReached,
    NotFound,
    PodiumError,
    Refused,
    TimedOut,
    Unauthenticated,
)
from podium.kernel.json import Json

_TYPES: Final[tuple[tuple[type[PodiumError], str], ...]] = (
    (Unauthenticated, "authentication_error"),
    (Refused, "permission_error"),
    (NotFound, "not_found_error"),
    (LimitReached, "rate_limit_error"),
    (TimedOut, "timeout_error"),
    (Invalid, "invalid_request_error"),
    (Conflict, "invalid_request_error"),
)
_OF_OTHERS: Final = {
    "too_large": "request_too_large",
    "misdirected": "invalid_request_error",
    "client_gone": "invalid_request_error",
}
"""By the codes of errors above this room."""
_OVERLOADED: Final = frozenset({429, 503, 529})


def error_body(error: PodiumError) -> dict[str, Json]:
    return {"type": "error", "error": {"type": _type(error), "message": error.message}}


def _type(error: PodiumError) -> str:
    for kind, word in _TYPES:
        if isinstance(error, kind):
            return word
    if error.code in _OF_OTHERS:
        return _OF_OTHERS[error.code]
    return "overloaded_error" if _status(error) in _OVERLOADED else "api_error"


def _status(error: PodiumError) -> Json:
    """What the provider that was asked last answered."""
    attempts = cast("Json", error.details.get("attempts"))
    last = attempts[-1] if isinstance(attempts, list) and attempts else None
    return last.get("status") if isinstance(last, dict) else 0
