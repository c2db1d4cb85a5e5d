"""Embeddings: what is asked in OpenAI's words, and the list that it answers with."""

import base64
from array import array
from collections.abc import Sequence

from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import Misshapen, shown

_KINDS = ("float", "base64")


def texts(request: JsonObject) -> list[str]:
    """What is to be embedded. Raises Misshapen, also for tokens: they are one model's own."""
    given = request.get("input")
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list) or not given:
        raise Misshapen("/input", f"must be text or a list of texts, got {shown(given)}")
    for number, each in enumerate(given):
        if not isinstance(each, str):
            raise Misshapen(f"/input/{number}", f"must be text for this model, got {shown(each)}")
    return [str(each) for each in given]


def vector(value: Json, at: str) -> list[float]:
    """Raises Misshapen."""
    if not isinstance(value, list) or not value:
        raise Misshapen(at, f"must be a list of numbers, got {shown(value)}")
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in value):
        raise Misshapen(at, "holds what is no number")
    return [float(each) for each in value if isinstance(each, int | float)]


def embedding_list(
    vectors: Sequence[Sequence[float]], request: JsonObject, *, model: str, tokens: int | None
) -> dict[str, Json]:
    """`tokens` is None where the provider counted none: then the list has no usage."""
    encode = request.get("encoding_format") == _KINDS[1]
    data: list[Json] = [
        {"object": "embedding", "index": i, "embedding": in_base64(each) if encode else list(each)}
        for i, each in enumerate(vectors)
    ]
    answer: dict[str, Json] = {"object": "list", "data": data, "model": model}
    if tokens is not None:
        answer["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}
    return answer


def in_base64(values: Sequence[float]) -> str:
    """32-bit floats, least byte first, as OpenAI's clients read them."""
    packed = array("f", values)
    if array("H", [1]).tobytes() != b"\1\0":
        packed.byteswap()
    return base64.b64encode(packed.tobytes()).decode()
