"""An error as OpenAI's clients expect it: type, param and code beside the message."""

from typing import Final

from podium.kernel.errors import (
    Conflict,
    Invalid,
    LimitReached,
    NotFound,
    PodiumError,
    Refused,
    Unauthenticated,
)
from podium.kernel.json import Json
from podium.protocols.shapes import dotted

_CODES: Final = {
    "not_found": "model_not_found",
    "unauthenticated": "invalid_api_key",
    "limit_reached": "rate_limit_exceeded",
    "invalid": "invalid_request",
}


def error_body(error: PodiumError) -> dict[str, Json]:
    """`{"error": {...}}`; param is the place of the first problem, as OpenAI writes places."""
    problems = error.problems if isinstance(error, Invalid) else ()
    return {
        "error": {
            "message": error.message,
            "type": _type(error),
            "param": (dotted(problems[0].path) or None) if problems else None,
            "code": _CODES.get(error.code, error.code),
        }
    }


def _type(error: PodiumError) -> str:
    match error:
        case Unauthenticated():
            return "authentication_error"
        case Refused():
            return "permission_error"
        case LimitReached():
            return "rate_limit_error"
        case Invalid() | NotFound() | Conflict():
            return "invalid_request_error"
        case _ if error.code in {"too_large", "misdirected", "client_gone"}:
            return "invalid_request_error"
        case _:
            return "server_error"
