"""The answer of a strategy: targets in the order in which to try them, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from podium.gateway.models import Target


@dataclass(frozen=True, slots=True)
class Reason:
    """For the trace: a sentence for people, and the numbers it rests on for machines.

    `estimates` are by target or feature; what they measure is the strategy's own.
    """

    strategy: str
    because: str
    estimates: Mapping[str, float] = field(default_factory=dict[str, float])

    def and_(self, more: str) -> "Reason":
        """The same with what changed the order afterwards."""
        return Reason(self.strategy, f"{self.because}; {more}", self.estimates)

    def __str__(self) -> str:
        if not self.estimates:
            return f"{self.strategy}: {self.because}"
        shown = ", ".join(f"{name} {value:.3g}" for name, value in self.estimates.items())
        return f"{self.strategy}: {self.because} ({shown})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a test of a cascade sees of an answer.

    `logprobs` are those of its tokens, natural logarithms; empty where there are none.
    """

    text: str
    finish_reason: str = ""
    logprobs: tuple[float, ...] = ()
    refused: bool = False
    calls_tools: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer goes to the caller."""


@dataclass(frozen=True, slots=True)
class Escalate:
    """Ask the next target; `reason` is a sentence for the trace."""

    reason: str


Verdict = Accepted | Escalate
ACCEPTED = Accepted()
Accepts = Callable[[Answer], Verdict]


def whatever(_answer: Answer) -> Verdict:
    """Every answer is good enough."""
    return ACCEPTED


@dataclass(frozen=True, slots=True)
class Holding:
    """How much of a stream, and for how many seconds, is held back until it is judged; beyond that
    it goes on unjudged, with 0 bytes at once.
    """

    bytes: int = 1_048_576
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Choice:
    """`accepts` is asked about each answer but the last target's: whether it may stand.

    `features` is what the strategy saw of the question, for the feedback about its answer.
    """

    targets: tuple[Target, ...]
    reason: Reason
    accepts: Accepts = whatever
    features: tuple[str, ...] = ()
    holding: Holding = Holding()
