"""The only place that knows HTTP statuses: podium's errors, and the web framework's, as answers.

RFC 9457 problems everywhere; below /v1 what the clients of the vendor expect, in the protocol of
the address.
"""

import logging
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, cast

import msgspec
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from podium.api.compatible.addresses import protocol_of
from podium.api.context import PODIUM
from podium.api.ports import Podium
from podium.gateway.limits import replies
from podium.kernel import errors
from podium.kernel.errors import Invalid, LimitReached, PodiumError, Unauthenticated

_log: Final = logging.getLogger("podium.api")


class Incident(PodiumError):
    """A failure that podium does not know. Its reason is in the log alone."""

    code: ClassVar[str] = "internal"

    def __init__(self, incident: str) -> None:
        super().__init__(
            f"podium failed in a way it does not know. Its log has the reason under {incident}."
        )
        self.incident: str = incident


Failure = PodiumError | HTTPException | RequestValidationError


class TooLarge(PodiumError):
    code: ClassVar[str] = "too_large"


class Misdirected(PodiumError):
    """The Host header names a host that this podium is not."""

    code: ClassVar[str] = "misdirected"


class BadRequest(PodiumError):
    code: ClassVar[str] = "bad_request"


class MethodNotAllowed(PodiumError):
    code: ClassVar[str] = "method_not_allowed"


class UnsupportedMediaType(PodiumError):
    code: ClassVar[str] = "unsupported_media_type"


class ClientGone(PodiumError):
    """Nobody is left to answer."""

    code: ClassVar[str] = "client_gone"


_STATUSES: Final[Sequence[tuple[type[PodiumError], int, str]]] = (
    (errors.NotFound, 404, "Not found"),
    (errors.Conflict, 409, "Conflict"),
    (Unauthenticated, 401, "Sign in first"),
    (errors.Refused, 403, "Refused"),
    (Invalid, 422, "Invalid"),
    (LimitReached, 429, "Limit reached"),
    (errors.TimedOut, 504, "Timed out"),
    (errors.Unavailable, 503, "Unavailable"),
    (TooLarge, 413, "Too large"),
    (Misdirected, 421, "Misdirected"),
    (ClientGone, 499, "Client gone"),
    (BadRequest, 400, "Bad request"),
    (MethodNotAllowed, 405, "Method not allowed"),
    (UnsupportedMediaType, 415, "Unsupported media type"),
)
_INTERNAL: Final = (500, "Internal error")
_FRAMEWORK: Final[Mapping[int, Callable[[str], PodiumError]]] = {
    400: BadRequest,
    404: errors.NotFound,
    405: MethodNotAllowed,
    415: UnsupportedMediaType,
}
_VENDORS_STATUSES: Final = {422: 400}


class Reason(BaseModel):
    """One reason of a refusal; `line` and `column` count from 1, 0 where there is no text."""

    message: str
    rule: str
    path: str = Field(default="", description="JSON pointer into what was sent.")
    line: int = 0
    column: int = 0

    @classmethod
    def of(cls, one: errors.Problem) -> "Reason":
        return cls(
            message=one.message, rule=one.rule, path=one.path, line=one.line, column=one.column
        )


class Problem(BaseModel):
    """RFC 9457 problem details. `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    problems: list[Reason] | None = None
    details: dict[str, object] | None = None
    incident: str | None = Field(
        default=None, description="Name this id when you report the failure."
    )


class OpenAIErrorBody(BaseModel):
    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAIError(BaseModel):
    """An error as OpenAI's clients expect it; for the description of the API."""

    error: OpenAIErrorBody


def answer(failure: Failure, scope: Scope) -> Response:
    """The answer that a caller gets, in the protocol of the address it called."""
    path = cast("str", scope["path"])
    error, headers = _podiums(failure), headers_of(failure, protocol_of(path))
    if path.startswith("/v1/"):
        podium = cast("Podium", scope[PODIUM])
        said = podium.dialects[protocol_of(path)].error(error)
        return Response(
            msgspec.json.encode(said),
            status_code=status_in_dialect(error),
            headers=headers,
            media_type="application/json",
        )
    problem = _problem(error)
    return Response(
        problem.model_dump_json(exclude_none=True),
        status_code=problem.status,
        headers=headers,
        media_type="application/problem+json",
    )


def crash(raised: BaseException, scope: Scope) -> Response:
    """What a caller is told where `logged` has the reason."""
    return answer(logged(raised, f"{scope['method']} {scope['path']}"), scope)


def logged(raised: BaseException, asked: str) -> Incident:
    """Log what nobody expected; nothing of it goes out but the incident's id."""
    incident = f"inc_{secrets.token_hex(8)}"
    _log.error("%s in %s", incident, asked, exc_info=raised)
    return Incident(incident)


async def handle(request: Request, failure: Exception) -> Response:
    """For the framework's own errors, which it hands to a handler."""
    return answer(cast("Failure", failure), request.scope)


def status_in_dialect(error: PodiumError) -> int:
    """As the vendors' clients expect it: what is invalid is a bad request there."""
    status = status_of(error)
    return _VENDORS_STATUSES.get(status, status)


def _podiums(failure: Failure) -> PodiumError:
    match failure:
        case PodiumError():
            return failure
        case RequestValidationError():
            return _unfit(failure)
        case _:
            made = _FRAMEWORK.get(failure.status_code, PodiumError)
            return made(_DETAILS.get(failure.status_code, str(failure.detail)))


_DETAILS: Final = {
    404: "There is nothing at this address. /docs lists what there is.",
    405: "This address does not take this method. /docs lists what it takes.",
}


def status_of(error: PodiumError) -> int:
    return _title_of(error)[0]


def _title_of(error: PodiumError) -> tuple[int, str]:
    for kind, status, title in _STATUSES:
        if isinstance(error, kind):
            return status, title
    return _INTERNAL


def _problem(error: PodiumError) -> Problem:
    status, title = _title_of(error)
    reasons = error.problems if isinstance(error, Invalid) else ()
    return Problem(
        type=f"urn:podium:problem:{error.code}",
        title=title,
        status=status,
        detail=error.message,
        code=error.code,
        problems=[Reason.of(one) for one in reasons] or None,
        details=dict(error.details) or None,
        incident=error.incident if isinstance(error, Incident) else None,
    )


def _unfit(failure: RequestValidationError) -> Invalid:
    """The framework's findings without the values it found them in: those may be secrets."""
    found = [_finding(one) for one in cast("Sequence[Mapping[str, object]]", failure.errors())]
    more = f" There are {len(found) - 1} more problems." if len(found) > 1 else ""
    return Invalid(
        f"{found[0].message}.{more}" if found else "The request is invalid.", problems=found
    )


def _finding(found: Mapping[str, object]) -> errors.Problem:
    place, *steps = [str(step) for step in cast("Sequence[object]", found["loc"])]
    pointer = "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)
    where = f"{place} {'.'.join(steps)}".strip()
    return errors.Problem(f"{where}: {found['msg']}", str(found["type"]), pointer)


def headers_of(failure: Failure, protocol: str) -> Mapping[str, str]:
    """Limits are told in the words of the protocol, as with an answer."""
    match failure:
        case HTTPException():
            return failure.headers or {}
        case Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="podium"'}
        case LimitReached():
            told = replies.headers(failure.quotas, protocol)
            if failure.retry_after is None:
                return told
            return {**told, "Retry-After": str(max(1, math.ceil(failure.retry_after)))}
        case TooLarge():
            return {"Connection": "close"}
        case _:
            return {}
