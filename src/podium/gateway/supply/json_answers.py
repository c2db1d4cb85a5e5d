"""JSON that fits a schema, from a model that cannot be held to one: told, checked, asked again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import msgspec

from podium.gateway.supply.prompts import instructed, of_json, of_repair, plain, spelled
from podium.gateway.supply.tool_schemas import wanted_schema
from podium.kernel.json import Json, JsonObject

Check: TypeAlias = Callable[[JsonObject, Json], Sequence[str]]
"""What of a value does not fit a schema, in sentences; raises Invalid for what is no schema."""

_SHOWN = 5
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Good:
    completion: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Repair:
    """To be asked instead of the chat before."""

    chat: dict[str, Json]
    reason: str


@dataclass(frozen=True, slots=True)
class Hopeless:
    reason: str


Verdict: TypeAlias = Good | Repair | Hopeless


@dataclass(frozen=True, slots=True)
class JsonAnswers:
    """One question that wants JSON. `chat` goes to the model."""

    chat: dict[str, Json]
    schema: JsonObject
    fits: Check
    repairs: int

    @classmethod
    def asked(cls, chat: JsonObject, fits: Check, repairs: int) -> "JsonAnswers | None":
        """None where the chat wants no JSON. Raises Invalid for what is no schema."""
        schema = wanted_schema(chat.get("response_format"))
        if schema is None:
            return None
        _ = fits(schema, None)
        kept = {name: value for name, value in chat.items() if name != "response_format"}
        given = chat.get("messages")
        messages = instructed(given if isinstance(given, list | tuple) else (), of_json(schema))
        return cls({**kept, "messages": messages}, schema, fits, repairs)

    def check(self, completion: JsonObject, asked: int) -> Verdict:
        """`asked` is how often the model was asked so far, this answer's time among them.

        An answer that was cut short or refused, or that calls tools, says so itself.
        """
        choices = completion.get("choices")
        checked = [
            self._choice(one)
            for one in (choices if isinstance(choices, list) else [])
            if isinstance(one, Mapping)
        ]
        wrong = [one for one in checked if isinstance(one, _Wrong)]
        if not wrong:
            good: list[Json] = [one for one in checked if not isinstance(one, _Wrong)]
            return Good({**completion, "choices": good})
        reason = "; ".join(wrong[0].problems)
        if asked > self.repairs:
            return Hopeless(f"Its answer does not fit the schema after {asked} tries: {reason}")
        return Repair(self._again(wrong[0]), reason)

    def _choice(self, choice: JsonObject) -> "dict[str, Json] | _Wrong":
        message = choice.get("message")
        said: JsonObject = message if isinstance(message, Mapping) else {}
        if choice.get("finish_reason") not in {"stop", None} or said.get("refusal"):
            return dict(choice)
        text = plain(said.get("content"))
        try:
            value = cast("Json", msgspec.json.decode(bare(text)))
        except (msgspec.DecodeError, RecursionError) as bad:
            return _Wrong(text, (f"it is no JSON ({bad})",))
        problems = self.fits(self.schema, value)
        if problems:
            return _Wrong(text, tuple(one[:_LONGEST] for one in problems[:_SHOWN]))
        return {**choice, "message": {**said, "content": spelled(value)}}

    def _again(self, wrong: "_Wrong") -> dict[str, Json]:
        messages = self.chat["messages"]
        before = messages if isinstance(messages, list) else []
        said: JsonObject = {"role": "assistant", "content": wrong.text}
        told: JsonObject = {"role": "user", "content": of_repair(wrong.problems)}
        return {**self.chat, "messages": [*before, said, told]}


@dataclass(frozen=True, slots=True)
class _Wrong:
    text: str
    problems: tuple[str, ...]


def bare(text: str) -> str:
    """JSON without the fence, or the words, that models put around it."""
    text = text.strip()
    if text[:1] in {"{", "["}:
        return text
    _, fence, rest = text.partition("```")
    if fence:
        inner, _, _ = rest.partition("```")
        return inner.strip().removeprefix("json").strip()
    begin = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    end = max(text.rfind("}"), text.rfind("]"))
    return text[begin : end + 1] if 0 <= begin < end else text
