"""`by_rule`: the first rule whose jq expression holds of the facts of a question."""

from dataclasses import dataclass
from typing import Final, Protocol

from podium.gateway.routing.features import content_type, language, urgency
from podium.gateway.routing.options import ByRule, Options, Priority
from podium.gateway.routing.question import Question
from podium.gateway.routing.strategies import Targets
from podium.kernel.errors import PodiumError, Unavailable
from podium.kernel.json import Json, JsonObject

OF_THE_TEXT: Final = ("text", "content_type", "language", "urgency")
FACTS: Final = (
    *("operation", "protocol", "workspace", "user", "key", "session", "tags"),
    *("size", "max_tokens", "stream", "needs", "region", "data_class"),
    *OF_THE_TEXT,
)


class Conditions(Protocol):
    async def holds(self, expression: str, facts: JsonObject) -> bool:
        """Whether a jq expression is true of `facts`. Raises a PodiumError where it fails."""
        ...


class NoConditions:
    async def holds(self, expression: str, facts: JsonObject) -> bool:
        _ = facts
        raise Unavailable(f"Nothing here computes jq, so '{expression}' was not asked.")


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a rule has left: its targets, its strategy, and how it was found."""

    targets: Targets
    strategy: Options
    rule: int
    """From 0; -1 where none holds."""
    because: str


async def ruled(
    options: ByRule, question: Question, targets: Targets, *, conditions: Conditions
) -> Ruled:
    """A rule that fails, or whose targets are all shut, is passed over, and `because` says so."""
    given = facts(question, options)
    passed = list[str]()
    for i, rule in enumerate(options.rules):
        try:
            holds = await conditions.holds(rule.when, given)
        except PodiumError as error:
            passed.append(f"rule {i + 1} failed: {error.message}")
            continue
        if not holds:
            continue
        left = tuple(t for name in rule.targets for t in targets if t.model.name == name)
        if left:
            because = "; ".join([f"rule {i + 1} holds: {rule.when}", *passed])
            return Ruled(left, rule.strategy, i, because)
        passed.append(f"rule {i + 1} holds and none of its targets may be asked now")
    return Ruled(targets, Priority(), -1, "; ".join(["no rule holds", *passed]))


def facts(question: Question, options: ByRule) -> dict[str, Json]:
    """What rules may ask about; the facts of the text where some rule names one of them."""
    request = question.request
    found: dict[str, Json] = {
        "operation": request.operation.value,
        "protocol": request.protocol,
        "workspace": question.workspace,
        "user": question.user,
        "key": question.key,
        "session": request.session,
        "tags": dict(request.tags),
        "size": question.size(),
        "max_tokens": question.most_tokens(),
        "stream": request.stream,
        "needs": sorted(question.needs()),
        "region": question.region,
        "data_class": question.data_class,
    }
    if any(name in rule.when for rule in options.rules for name in OF_THE_TEXT):
        text = question.text()
        found["text"] = text
        found["content_type"] = content_type(text)
        found["language"] = language(text)
        found["urgency"] = urgency(text, request.tags)
    return found
