"""JSON values: their type, their one canonical spelling, and the hash of it."""

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
