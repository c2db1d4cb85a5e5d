"""JSON values: their type, their one canonical spelling, the hash of it, and pointers into them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
JsonObject: TypeAlias = Mapping[str, Json]


def canonical(value: Json) -> bytes:
    """The same bytes for equal values: sorted keys, no spaces, UTF-8; NaN and infinity refused."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode(errors="surrogatepass")


def digest(value: Json) -> str:
    """SHA-256 of the canonical spelling, in 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def pointer(*tokens: str | int) -> str:
    """A JSON pointer (RFC 6901) from its parts."""
    text = ""
    for token in tokens:
        if isinstance(token, str) and ("~" in token or "/" in token):
            text += f"/{token.replace('~', '~0').replace('/', '~1')}"
        else:
            text += f"/{token}"
    return text


def unescaped(pointer: str) -> list[str]:
    """The parts of a JSON pointer."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
