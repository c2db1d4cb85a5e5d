"""Scored answers out of JSON Lines: {"text": …, "tags": {…}, "scores": {"model": 0.5, …}}."""

import json
from collections.abc import Iterable, Mapping, Sequence

from podium.gateway.routing.features import features
from podium.gateway.routing.training import Example
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

_SHAPE = (
    'Write {"text": "the question", "tags": {"kind": "law"}, "scores": {"model": 0.5}} on each '
    "line; tags may be left out."
)


def examples(lines: Iterable[str], targets: Sequence[str]) -> tuple[Example, ...]:
    """Empty lines are passed over. Raises Invalid with the number of the line at fault."""
    found = ((i, line) for i, line in enumerate(lines, 1) if line.strip())
    return tuple(_example(line, targets, at=i) for i, line in found)


def _example(line: str, targets: Sequence[str], *, at: int) -> Example:
    try:
        row: Json = json.loads(line)  # pyright: ignore[reportAny]
    except (ValueError, RecursionError) as error:
        raise Invalid(f"Line {at} is not JSON. {_SHAPE}") from error
    if not isinstance(row, Mapping):
        raise Invalid(f"Line {at} is no object. {_SHAPE}")
    text, tags, scores = row.get("text"), row.get("tags", {}), row.get("scores")
    if not isinstance(text, str) or not isinstance(tags, Mapping):
        raise Invalid(f"Line {at} has no 'text', or 'tags' that are no object. {_SHAPE}")
    given: JsonObject = scores if isinstance(scores, Mapping) else {}
    seen = features(text, {name: str(value) for name, value in tags.items()})
    return Example(seen, tuple(_score(given.get(name), name, at=at) for name in targets))


def _score(value: Json, name: str, *, at: int) -> float:
    if not isinstance(value, bool | int | float) or not 0 <= value <= 1:
        raise Invalid(
            f"Line {at} needs a score from 0 to 1 for '{name}', got {value!r:.40}. {_SHAPE}"
        )
    return float(value)
