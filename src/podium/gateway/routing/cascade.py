"""`cascade`: the cheap target first; its answer stands where it passes the tests."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import exp, fsum
from typing import Final

import jsonschema_rs

from podium.gateway.routing.choice import (
    ACCEPTED,
    Answer,
    Choice,
    Escalate,
    Holding,
    Reason,
    Verdict,
)
from podium.gateway.routing.options import Cascade
from podium.gateway.routing.question import Question
from podium.gateway.routing.strategies import Scene, Targets
from podium.kernel.errors import Invalid
from podium.kernel.json import Json

_CUT: Final = frozenset({"length", "max_tokens", "max_output_tokens", "incomplete"})
_FILTERED: Final = frozenset({"content_filter", "refusal"})
_LONGEST: Final = 1_000_000
_REFUSES: Final = re.compile(
    r"\s*(?:i'm (?:very )?sorry,? (?:but )?i|i am sorry,? but i|sorry,? (?:but )?i"
    r"|(?:unfortunately,? )?i (?:can't|cannot|can not|am unable to|'m unable to|am not able to)"
    r"|as an? (?:ai|language model)\b.{0,80}(?:can't|cannot|unable)"
    r"|(?:i do not|i don't) know\b|es tut mir leid|désolé|lo siento)",
    re.IGNORECASE | re.DOTALL,
)
_CURLY: Final = "\u2019"


@dataclass(frozen=True, slots=True)
class Escalating:
    """Raises Invalid when made, where the schema or the pattern is none."""

    options: Cascade
    _schema: jsonschema_rs.Validator | None = field(init=False)
    _pattern: jsonschema_rs.Validator | None = field(init=False)

    def __post_init__(self) -> None:
        options = self.options
        pattern: Json = {"pattern": options.pattern} if options.pattern else None
        object.__setattr__(self, "_schema", _validator(options.schema, "schema"))
        object.__setattr__(self, "_pattern", _validator(pattern, "pattern"))

    def order(self, question: Question, targets: Targets, scene: Scene) -> Choice:
        _ = question, scene
        reason = Reason("cascade", "the next target where an answer fails a test")
        holding = Holding(self.options.hold_bytes, self.options.hold_seconds)
        return Choice(targets, reason, self.accepts, holding=holding)

    def accepts(self, answer: Answer) -> Verdict:
        """The first test that fails says why. An answer that calls tools has no text to test."""
        failed = next(self._failures(answer), None)
        return ACCEPTED if failed is None else Escalate(failed)

    def _failures(self, answer: Answer) -> Iterator[str]:
        options = self.options
        if answer.finish_reason in _CUT:
            yield "The answer was cut off at its length."
        if options.refuse_refusals and _refuses(answer):
            yield "The answer is a refusal."
        if options.confidence:
            yield from _unsure(answer, options.confidence)
        if answer.calls_tools:
            return
        if not answer.text.strip():
            yield "The answer is empty."
        if self._pattern is not None and not self._pattern.is_valid(answer.text[:_LONGEST]):
            yield f"The answer does not match /{options.pattern}/."
        if self._schema is not None:
            yield from _misfits(answer.text, self._schema)


def _refuses(answer: Answer) -> bool:
    if answer.refused or answer.finish_reason in _FILTERED:
        return True
    begins = answer.text[:400].replace(_CURLY, "'")
    return not answer.calls_tools and _REFUSES.match(begins) is not None


def _unsure(answer: Answer, least: float) -> Iterator[str]:
    """Geometric mean, so that the length of an answer does not count."""
    if not answer.logprobs:
        yield "The answer came without log-probabilities, so nothing says how sure it is."
        return
    sure = exp(fsum(answer.logprobs) / len(answer.logprobs))
    if not sure >= least:
        yield f"The answer is {sure:.2f} sure of its tokens, less than {least:.2f}."


def _misfits(text: str, schema: jsonschema_rs.Validator) -> Iterator[str]:
    if len(text) > _LONGEST:
        yield "The answer is too long to be checked."
        return
    try:
        value: Json = json.loads(text)  # pyright: ignore[reportAny]
        error = next(iter(schema.iter_errors(value)), None)
    except (ValueError, RecursionError):
        yield "The answer is not JSON."
        return
    if error is not None:
        yield f"The answer does not satisfy the schema: {error.message[:200]}"


def _validator(schema: Json, what: str) -> jsonschema_rs.Validator | None:
    if schema is None:
        return None
    try:
        return jsonschema_rs.validator_for(
            json.dumps(schema), offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise Invalid(f"The {what} of a cascade cannot be used: {str(error)[:200]}") from error
