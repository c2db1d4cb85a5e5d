"""The only place that knows HTTP statuses: podium's errors, and the web framework's, as answers.

Two dialects: RFC 9457 problems everywhere, OpenAI's error objects below /v1.
"""

import logging
import math
import secrets
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, cast

import msgspec
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from podium.kernel import errors
from podium.kernel.errors import Invalid, LimitReached, PodiumError, Unauthenticated

_log: Final = logging.getLogger("podium.api")

Failure = PodiumError | HTTPException | RequestValidationError


class TooLarge(PodiumError):
    code: ClassVar[str] = "too_large"


class Misdirected(PodiumError):
    """The Host header names a host that this podium is not."""

    code: ClassVar[str] = "misdirected"


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
)
_INTERNAL: Final = (500, "Internal error")
_FRAMEWORK: Final = {
    400: ("bad_request", "Bad request"),
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "Method not allowed"),
    415: ("unsupported_media_type", "Unsupported media type"),
}
_OPENAI_TYPES: Final = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
_OPENAI_STATUSES: Final = {422: 400}
_FIRST_SERVER_STATUS: Final = 500


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
    """An error as OpenAI's clients expect it."""

    error: OpenAIErrorBody


def answer(failure: Failure, scope: Scope) -> Response:
    """The answer that a caller gets, in the dialect of the address it called."""
    return _answer(_problem(failure), _headers(failure), scope)


def crash(raised: BaseException, scope: Scope) -> Response:
    """Log what nobody expected, and answer with nothing of it but the incident's id."""
    incident = f"inc_{secrets.token_hex(8)}"
    asked = f"{scope['method']} {scope['path']}"
    _log.error("%s in %s", incident, asked, exc_info=raised)
    status, title = _INTERNAL
    problem = Problem(
        type="urn:podium:problem:internal",
        title=title,
        status=status,
        detail=f"podium failed in a way it does not know. Its log has the reason under {incident}.",
        code="internal",
        incident=incident,
    )
    return _answer(problem, {}, scope)


async def handle(request: Request, failure: Exception) -> Response:
    """For the framework's own errors, which it hands to a handler."""
    return answer(cast("Failure", failure), request.scope)


def openai_event(failure: PodiumError) -> bytes:
    """An error in the middle of a stream, where the status is already on its way."""
    return msgspec.json.encode(_in_openai_words(_problem(failure)).model_dump())


def _answer(problem: Problem, headers: Mapping[str, str], scope: Scope) -> Response:
    path = cast("str", scope["path"])
    if not path.startswith("/v1/"):
        return Response(
            problem.model_dump_json(exclude_none=True),
            status_code=problem.status,
            headers=headers,
            media_type="application/problem+json",
        )
    said = _in_openai_words(problem)
    status = _OPENAI_STATUSES.get(problem.status, problem.status)
    return Response(
        said.model_dump_json(), status_code=status, headers=headers, media_type="application/json"
    )


def _problem(failure: Failure) -> Problem:
    match failure:
        case PodiumError():
            return _known(failure)
        case RequestValidationError():
            return _known(_unfit(failure))
        case _:
            code, title = _FRAMEWORK.get(failure.status_code, ("http", "HTTP error"))
            return Problem(
                type=f"urn:podium:problem:{code}",
                title=title,
                status=failure.status_code,
                detail=_DETAILS.get(failure.status_code, str(failure.detail)),
                code=code,
            )


_DETAILS: Final = {
    404: "There is nothing at this address. /docs lists what there is.",
    405: "This address does not take this method. /docs lists what it takes.",
}


def _known(error: PodiumError) -> Problem:
    status, title = _INTERNAL
    for kind, its_status, its_title in _STATUSES:
        if isinstance(error, kind):
            status, title = its_status, its_title
            break
    reasons = error.problems if isinstance(error, Invalid) else ()
    return Problem(
        type=f"urn:podium:problem:{error.code}",
        title=title,
        status=status,
        detail=error.message,
        code=error.code,
        problems=[Reason.of(one) for one in reasons] or None,
        details=dict(error.details) or None,
    )


def status_of(error: PodiumError) -> int:
    """For pages, which word the error themselves."""
    return _known(error).status


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


def _headers(failure: Failure) -> Mapping[str, str]:
    match failure:
        case HTTPException():
            return failure.headers or {}
        case Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="podium"'}
        case LimitReached(retry_after=float() as seconds):
            return {"Retry-After": str(max(1, math.ceil(seconds)))}
        case TooLarge():
            return {"Connection": "close"}
        case _:
            return {}


def _in_openai_words(problem: Problem) -> OpenAIError:
    kind = _OPENAI_TYPES.get(problem.status, "invalid_request_error")
    if problem.status >= _FIRST_SERVER_STATUS:
        kind = "server_error"
    first = problem.problems[0].path if problem.problems else ""
    return OpenAIError(
        error=OpenAIErrorBody(
            message=problem.detail,
            type=kind,
            param=first.removeprefix("/").replace("/", ".") or None,
            code=_OPENAI_CODES.get(problem.code, problem.code),
        )
    )


_OPENAI_CODES: Final = {
    "not_found": "model_not_found",
    "unauthenticated": "invalid_api_key",
    "limit_reached": "rate_limit_exceeded",
    "invalid": "invalid_request",
}
