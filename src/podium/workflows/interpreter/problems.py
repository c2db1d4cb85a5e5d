"""Errors as the specification has them: RFC 9457 problems with a type, and how ours map to it."""

from collections.abc import Mapping

from podium.kernel.errors import (
    Invalid,
    PodiumError,
    Refused,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from podium.kernel.json import Json, JsonObject

PREFIX = "https://serverlessworkflow.io/spec/1.0.0/errors/"

CONFIGURATION = "configuration"
VALIDATION = "validation"
EXPRESSION = "expression"
AUTHENTICATION = "authentication"
AUTHORIZATION = "authorization"
TIMEOUT = "timeout"
COMMUNICATION = "communication"
RUNTIME = "runtime"

_STATUS: Mapping[str, int] = {
    CONFIGURATION: 400,
    VALIDATION: 400,
    EXPRESSION: 400,
    AUTHENTICATION: 401,
    AUTHORIZATION: 403,
    TIMEOUT: 408,
    COMMUNICATION: 500,
    RUNTIME: 500,
}


class Fault(Exception):
    """A problem on its way to a `catch`, or out of the run; `step` is the name of the recorded step
    that answered it.
    """

    def __init__(self, problem: JsonObject, *, step: str | None = None) -> None:
        super().__init__(str(problem.get("title", "")))
        self.problem: JsonObject = problem
        self.step: str | None = step


def problem(kind: str, title: str, *, detail: str = "", status: int | None = None) -> JsonObject:
    """A problem of one of the specification's types, without an instance yet."""
    made: dict[str, Json] = {
        "type": PREFIX + kind,
        "status": _STATUS[kind] if status is None else status,
        "title": title,
    }
    return {**made, "detail": detail} if detail else made


def at(problem: JsonObject, pointer: str) -> JsonObject:
    """The problem with `instance` set to where it arose, unless it says so itself."""
    return problem if "instance" in problem else {**problem, "instance": pointer}


def from_error(error: PodiumError) -> JsonObject:
    """What an error of ours is called in a workflow."""
    match error:
        case TimedOut():
            kind, title = TIMEOUT, "Timed out"
        case Invalid():
            kind, title = VALIDATION, "Not valid"
        case Refused():
            kind, title = AUTHORIZATION, "Refused"
        case Unauthenticated():
            kind, title = AUTHENTICATION, "Not authenticated"
        case Unavailable():
            kind, title = COMMUNICATION, "Not available"
        case _:
            kind, title = RUNTIME, "Failed"
    status = error.details.get("status")
    made = problem(
        kind, title, detail=error.message, status=status if isinstance(status, int) else None
    )
    return {**made, "code": error.code}


# The text of the specification, its examples and its conformance kit write the standard types in
# three ways; a filter that uses one of them finds them all.
_SPELLINGS = (
    PREFIX,
    "https://serverlessworkflow.io/dsl/errors/types/",
    "https://open-workflow-specification.org/spec/1.0.0/errors/",
    "https://open-workflow-specification.org/dsl/errors/types/",
)


def same_type(left: str, right: str) -> bool:
    return left == right or _kind(left) == _kind(right) != ""


def _kind(uri: str) -> str:
    for prefix in _SPELLINGS:
        if uri.startswith(prefix):
            return uri.removeprefix(prefix)
    return ""


def matches(filter: JsonObject, problem: JsonObject) -> bool:
    """Whether each field that a `catch.errors.with` filter names is equal in the problem.

    The schemas call the filter's field `details`, and the error's `detail`.
    """
    for name, wanted in filter.items():
        found = problem.get("detail" if name == "details" else name)
        if name == "type":
            if not same_type(str(wanted), str(found)):
                return False
        elif wanted != found:
            return False
    return True
