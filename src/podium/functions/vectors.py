"""Asking for embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass

from podium.functions.ports import Models
from podium.kernel.errors import Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call

DEFAULT_MODEL = "embed"
"""The route that is asked where a workflow names no model."""


@dataclass(frozen=True, slots=True)
class Embedded:
    vectors: Sequence[Sequence[float]]
    model: str


async def embed(models: Models, texts: Sequence[str], *, model: str, call: Call) -> Embedded:
    """One vector for each text, in order. Raises as `Models.embed`, and Unavailable."""
    request: JsonObject = {"model": model, "input": list(texts), "encoding_format": "float"}
    response = await models.embed(call.principal, request, call)
    data = response.get("data")
    rows = sorted(_rows(data), key=lambda row: row[0])
    if len(rows) != len(texts):
        raise Unavailable(f"Model {model!r} answered {len(rows)} vectors for {len(texts)} texts.")
    return Embedded([vector for _, vector in rows], str(response.get("model") or model))


def _rows(data: Json) -> list[tuple[int, list[float]]]:
    rows: list[tuple[int, list[float]]] = []
    for place, item in enumerate(data if isinstance(data, Sequence) else ()):
        match item:
            case {"embedding": [*numbers]}:
                index = item.get("index", place) if "index" in item else place
                numeric = [float(n) for n in numbers if isinstance(n, int | float)]
                rows.append((index if isinstance(index, int) else place, numeric))
            case _:
                continue
    return rows
