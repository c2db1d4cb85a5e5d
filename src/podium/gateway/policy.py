"""When to try again, when to go to the next target, when to give up. No I/O: it only decides."""

from dataclasses import dataclass, field

from podium.gateway.errors import REQUEST_AT_FAULT, Failure
from podium.gateway.models import Outcome
from podium.kernel.clock import Chance, Clock

_TRY_AGAIN = frozenset({408, 409, 425, 429})
_SERVER_ERROR = 500
_POINTLESS = frozenset({501, 505})
_EMPTY_PURSE = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


@dataclass(frozen=True, slots=True)
class Again:
    """Try the same target after `wait` seconds."""

    wait: float


@dataclass(frozen=True, slots=True)
class Next:
    """Leave this target for the next one."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No target would answer otherwise: the request itself is refused."""


Decision = Again | Next | GiveUp


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full jitter: a random wait below a ceiling that doubles (AWS, "Exponential Backoff And
    Jitter"). A Retry-After longer than `patience` sends the call to the next target instead.
    """

    first: float = 0.25
    ceiling: float = 8.0
    patience: float = 20.0

    def wait(self, tried: int, retry_after: float | None, chance: Chance) -> float:
        """Seconds before the next try, after `tried` tries."""
        ceiling: float = min(self.ceiling, self.first * 2.0 ** (tried - 1))
        jitter = chance.random() * ceiling
        return jitter if retry_after is None else retry_after + jitter


@dataclass(slots=True)
class RetryBudget:
    """Retries may add a fifth to the load, and one a second where there is little load.

    Without it, retries multiply the load on a provider that is down because of load.
    """

    clock: Clock
    per_call: float = 0.2
    per_second: float = 1.0
    most: float = 20.0
    _left: float = 20.0
    _at: float = field(default=0.0)

    def deposit(self) -> None:
        """A first try was made."""
        self._left = min(self.most, self._left + self.per_call)

    def withdraw(self) -> bool:
        """True where a retry may be made."""
        now = self.clock.monotonic()
        self._left = min(self.most, self._left + max(0.0, now - self._at) * self.per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def worth_retrying(failure: Failure) -> bool:
    """Only where the provider has not begun an answer: nobody pays twice for the same tokens."""
    match failure.outcome:
        case Outcome.CONNECT:
            return True
        case Outcome.STATUS if failure.code in _EMPTY_PURSE:
            return False
        case Outcome.STATUS:
            server_error = failure.status >= _SERVER_ERROR and failure.status not in _POINTLESS
            return server_error or failure.status in _TRY_AGAIN
        case _:
            return False


def target_is_ill(failure: Failure) -> bool:
    """True where a failure tells that the target is down; a 429 or a wrong key does not."""
    match failure.outcome:
        case Outcome.STATUS:
            return failure.status >= _SERVER_ERROR
        case Outcome.CONNECT | Outcome.TIMEOUT | Outcome.BROKEN | Outcome.MALFORMED:
            return True
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a call stands at one target: tries made, retries allowed, seconds left in all."""

    tried: int
    retries: int
    left: float


def decide(failure: Failure, standing: Standing, *, wait: float, patience: float) -> Decision:
    """What to do after `failure`; `wait` is what the backoff proposes."""
    if failure.outcome is Outcome.STATUS and failure.status in REQUEST_AT_FAULT:
        return GiveUp()
    if not worth_retrying(failure) or standing.tried > standing.retries:
        return Next()
    if wait > patience or wait >= standing.left:
        return Next()
    return Again(wait)
