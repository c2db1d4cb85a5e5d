"""The strategies as data: what the operator writes, with the defaults. Knows no other value.

Each has a class in a file of this room that does it.
"""

from dataclasses import dataclass

from podium.kernel.json import Json


@dataclass(frozen=True, slots=True)
class Priority:
    """In the order in which they are written."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """By chance, each with its weight's share."""


@dataclass(frozen=True, slots=True)
class RoundRobin:
    """One after the other."""


@dataclass(frozen=True, slots=True)
class LeastBusy:
    """The one with the fewest calls in flight for its weight."""


@dataclass(frozen=True, slots=True)
class LowestLatency:
    """The one that is expected to be done first with an answer of `answer_tokens` tokens."""

    answer_tokens: int = 200


@dataclass(frozen=True, slots=True)
class LowestCost:
    """The one at which the question and an answer of `answer_tokens` tokens cost least."""

    answer_tokens: int = 200


@dataclass(frozen=True, slots=True)
class Cascade:
    """In order; an answer that fails a test sends the question on to the next target.

    `confidence` is the least geometric mean of its tokens' probabilities, 0 for no such test;
    `pattern` a regular expression that the text must match somewhere, `schema` the JSON Schema
    that it must satisfy as JSON; empty and None are no test. So many bytes of a stream, and so many
    seconds, are held back until it is judged.
    """

    confidence: float = 0.0
    pattern: str = ""
    schema: Json = None
    refuse_refusals: bool = True
    hold_bytes: int = 1_048_576
    hold_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class ByComplexity:
    """The one that is worth its cost for this question; targets from the cheapest to the dearest.

    `price` is how much better, from 0 to 1, the dearest answer has to be expected to be; None
    takes what training has found.
    """

    price: float | None = None


@dataclass(frozen=True, slots=True)
class QualityFloor:
    """The cheapest one whose quality on this kind of question is at least `floor`.

    `kind` is the tag that names the kind; without the tag it is the type of the content.
    """

    floor: float = 0.8
    kind: str = "kind"
    answer_tokens: int = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """Where jq's `when` holds of the facts of a question, it goes to these targets, by name."""

    when: str
    targets: tuple[str, ...]
    strategy: "Simple" = Priority()


@dataclass(frozen=True, slots=True)
class ByRule:
    """The first rule that holds; where none does, all targets in order."""

    rules: tuple[Rule, ...]


Simple = (
    Priority
    | Weighted
    | RoundRobin
    | LeastBusy
    | LowestLatency
    | LowestCost
    | Cascade
    | ByComplexity
    | QualityFloor
)
Options = Simple | ByRule
