"""Asking a language model, and reading what it answers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, cast

from podium.functions import schemas
from podium.functions.ports import Models
from podium.kernel.errors import Invalid, Problem, Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call

_FENCE = re.compile(r"\s*```[a-zA-Z]*\s*\n(?P<body>[\s\S]*?)\n?```\s*")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """`finish` is OpenAI's finish_reason; "length" means that the answer was cut off."""

    text: str
    model: str
    finish: str
    input_tokens: int
    output_tokens: int

    @property
    def usage(self) -> JsonObject:
        return {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens}


@dataclass(frozen=True, slots=True)
class Broken:
    """An answer that is no JSON or breaks its schema, even after the model was asked again."""

    answer: Answer
    value: Json
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Fits:
    answer: Answer
    value: Json


@dataclass(frozen=True, slots=True)
class Asking:
    """One question. `request` is an OpenAI request without response_format."""

    models: Models
    request: JsonObject
    call: Call
    more: Sequence[JsonObject] = field(default=())

    async def text(self) -> Answer:
        messages = cast("Sequence[Json]", self.request.get("messages", ()))
        request = {**self.request, "messages": [*messages, *self.more]}
        return _read(await self.models.chat(self.call.principal, request, self.call))

    async def json(self, schema: JsonObject) -> Fits | Broken:
        """An answer that fits the schema; the model gets one chance to repair it."""
        schemas.check(schema)
        wanted = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        asking = Asking(self.models, {**self.request, "response_format": wanted}, self.call)
        first = await asking.text()
        outcome = _judge(first, schema)
        if isinstance(outcome, Fits):
            return outcome
        self.call.notes.append(f"The model's answer was repaired: {_sentence(outcome.problems)}")
        again = Asking(asking.models, asking.request, asking.call, _repair(outcome))
        return _judge(_both(first, await again.text()), schema)


def refusal(broken: Broken) -> Invalid:
    """The error that says what is wrong with an answer."""
    cut = broken.answer.finish == "length"
    hint = (
        "It was cut off: raise `max_tokens`."
        if cut
        else "Simplify the schema, or ask a stronger model."
    )
    return Invalid(
        f"Model {broken.answer.model!r} answered twice with what breaks the schema: "
        f"{_sentence(broken.problems)} {hint}",
        problems=broken.problems,
    )


def _judge(answer: Answer, schema: JsonObject) -> Fits | Broken:
    try:
        value = parse(answer.text)
    except ValueError as error:
        return Broken(answer, None, [Problem(f"It is not JSON: {error}.", "json")])
    found = schemas.problems(schema, value)
    return Broken(answer, value, found) if found else Fits(answer, value)


def parse(text: str) -> Json:
    """The JSON in an answer, also where it stands in a code fence. Raises ValueError."""
    fenced = _FENCE.fullmatch(text)
    try:
        body = fenced["body"] if fenced else text
        return cast("Json", json.loads(body, parse_constant=_refuse_constant))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _repair(broken: Broken) -> Sequence[JsonObject]:
    return (
        {"role": "assistant", "content": broken.answer.text},
        {
            "role": "user",
            "content": "That answer does not fit the schema: "
            f"{_sentence(broken.problems)} Answer again with the corrected JSON and nothing else.",
        },
    )


def _sentence(problems: Sequence[Problem]) -> str:
    return (
        "; ".join(
            f"{problem.path or 'the answer'}: {problem.message}" for problem in problems[:_SHOWN]
        ).rstrip(".")
        + "."
    )


def _both(first: Answer, second: Answer) -> Answer:
    return Answer(
        second.text,
        second.model,
        second.finish,
        first.input_tokens + second.input_tokens,
        first.output_tokens + second.output_tokens,
    )


def _read(response: JsonObject) -> Answer:
    """Of an OpenAI chat completion. Raises Unavailable where it is none."""
    match response:
        case {"choices": [{"message": Mapping() as message} as choice, *_]}:
            content, usage = message.get("content"), response.get("usage")
        case _:
            raise Unavailable("The model's answer has no choices. Ask another model.")
    counts: JsonObject = usage if isinstance(usage, Mapping) else {}
    return Answer(
        text=content if isinstance(content, str) else "",
        model=str(response.get("model", "")),
        finish=str(choice.get("finish_reason") or ""),
        input_tokens=_count(counts.get("prompt_tokens")),
        output_tokens=_count(counts.get("completion_tokens")),
    )


def _count(value: Json) -> int:
    return int(value) if isinstance(value, int | float) else 0
