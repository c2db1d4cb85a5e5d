"""What an upstream answers instead of a result, and what the caller is told in the end."""

from dataclasses import dataclass
from typing import ClassVar, Final

from podium.gateway.models import Attempt, Call, Outcome
from podium.kernel.errors import Invalid, LimitReached, PodiumError, Refused, TimedOut, Unavailable


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt. `code` is the provider's own error code, `retry_after` in seconds.

    `status` is 0 where no response came. `message` never holds a key.
    """

    outcome: Outcome
    message: str
    status: int = 0
    code: str = ""
    retry_after: float | None = None


class UpstreamFailed(PodiumError):
    """The only error that an Upstream raises; it stays inside the gateway."""

    code: ClassVar[str] = "upstream_failed"

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure: Failure = failure


REQUEST_AT_FAULT = frozenset({400, 413, 422})
"""Statuses with which a provider refuses the request itself: no other target is asked."""

ADVISED = frozenset({401, 402, 403, 404})
"""Statuses that are about the provider's settings; who reads the response says which."""

MESSAGE_LIMIT = 500


def for_caller(call: Call, failure: Failure, attempts: tuple[Attempt, ...]) -> PodiumError:
    """The error of the kernel's tree that a caller gets when a call has failed for good."""
    remedy = _remedy(call, failure, attempts)
    story = f"{_story(call, attempts)} {failure.message}"[: MESSAGE_LIMIT * 2 - len(remedy)].strip()
    message = f"{story} {remedy}".strip()
    error: PodiumError
    match failure:
        case Failure(outcome=Outcome.STATUS, status=status) if status in REQUEST_AT_FAULT:
            error = Invalid(failure.message)
        case Failure(outcome=Outcome.STATUS, status=429):
            error = LimitReached(message, retry_after=failure.retry_after)
        case Failure(outcome=Outcome.TIMEOUT):
            error = TimedOut(message)
        case Failure(outcome=Outcome.CANCELLED):
            error = Refused(message)
        case _:
            error = Unavailable(message)
    error.details = {
        "call": call.id,
        "attempts": [
            {"model": a.model, "outcome": a.outcome.value, "status": a.status} for a in attempts
        ],
        **({"upstream_code": failure.code} if failure.code else {}),
    }
    return error


_REMEDIES: Final = {
    Outcome.CONNECT: "Start it, or correct its base_url in podium.yaml",
    Outcome.TIMEOUT: "Give it more time under 'timeouts' in podium.yaml, or ask for less",
    Outcome.STATUS: "Try again later",
    Outcome.SHUT_OUT: "Try again then",
    Outcome.BROKEN: "Try again",
    Outcome.MALFORMED: "Correct its base_url or protocol in podium.yaml",
    Outcome.TOO_LARGE: "Ask for less",
}


def _remedy(call: Call, failure: Failure, attempts: tuple[Attempt, ...]) -> str:
    """What to do; nothing where the message says it already."""
    remedy = _REMEDIES.get(failure.outcome)
    name = attempts[-1].model if attempts else call.requested
    if remedy is None or failure.status in ADVISED or (failure.status and _is_local(call, name)):
        return ""
    if len(call.route.targets) > 1:
        return f"{remedy}. 'podium models test {name}' shows whether it answers."
    return (
        f"{remedy}; 'podium models test {name}' shows whether it answers. "
        "A route with a second model would go on without it."
    )


def _is_local(call: Call, name: str) -> bool:
    """The errors of models in this process are podium's own, and say what to do."""
    models = (target.model for target in call.route.targets)
    return any(model.name == name and model.provider.protocol == "embedded" for model in models)


def _story(call: Call, attempts: tuple[Attempt, ...]) -> str:
    """`Model 'x' did not answer after 3 attempts (a: 503, a: 503, b: connect).`"""
    tries = ", ".join(f"{a.model}: {a.status or a.outcome.value}" for a in attempts[-6:])
    times = f"{len(attempts)} attempt{'' if len(attempts) == 1 else 's'}"
    return f"'{call.requested}' did not answer after {times} ({tries})."
