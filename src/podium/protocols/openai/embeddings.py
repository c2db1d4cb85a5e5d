"""Lists of vectors, as numbers or in base64, whichever the provider sent and the caller wants."""

import base64
import binascii
from array import array

from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import Misshapen, objects, shown
from podium.protocols.vectors import in_base64, vector

_BASE64 = "base64"


def embedded(body: JsonObject, request: JsonObject) -> dict[str, Json]:
    """Raises Misshapen."""
    if not isinstance(body.get("data"), list):
        raise Misshapen("", "has no 'data'")
    encode = request.get("encoding_format") == _BASE64
    data: list[Json] = [
        {"object": "embedding", "index": number, **one, "embedding": _told(one, at, encode=encode)}
        for number, (at, one) in enumerate(objects(body, "data"))
    ]
    return {"object": "list", **body, "data": data}


def _told(one: JsonObject, at: str, *, encode: bool) -> Json:
    given = one.get("embedding")
    if isinstance(given, str):
        return given if encode else _floats(given, f"{at}/embedding")
    values = vector(given, f"{at}/embedding")
    return in_base64(values) if encode else given


def _floats(given: str, at: str) -> Json:
    """32-bit floats, least byte first."""
    values = array("f")
    try:
        values.frombytes(base64.b64decode(given, validate=True))
    except (binascii.Error, ValueError) as bad:
        said = f"must be numbers in base64, got {shown(given)}"
        raise Misshapen(at, said) from bad
    if array("H", [1]).tobytes() != b"\1\0":
        values.byteswap()
    return list(values)
