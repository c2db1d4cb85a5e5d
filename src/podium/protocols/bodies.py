"""Bodies as JSON objects."""

from typing import cast

import msgspec

from podium.kernel.json import Json

_decoder = msgspec.json.Decoder(dict[str, object])


def json_object(body: bytes | str) -> dict[str, Json] | None:
    """None where it is anything else."""
    try:
        return cast("dict[str, Json]", _decoder.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
