"""Values of databases as JSON, and JSON as parameters."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import cast

from podium.kernel.json import Json


def as_json(value: object) -> Json:
    """The JSON value of a database value.

    Decimals become numbers where a float holds them exactly as written, else texts. Dates and
    times become ISO 8601, intervals seconds, bytes base64; what else there is, its text.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float() | Decimal():
            return _number(value)
        case Mapping():
            pairs = cast("Mapping[object, object]", value).items()
            return {str(key): as_json(item) for key, item in pairs}
        case list() | tuple() | set() | frozenset():
            return [as_json(item) for item in cast("Sequence[object]", value)]
        case _:
            return _scalar(value)


def _scalar(value: object) -> Json:
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(bytes(cast("bytes", value))).decode()
        case _:
            return str(value)


def _number(value: float | Decimal) -> Json:
    if not math.isfinite(value):
        return None
    if not isinstance(value, Decimal):
        return value
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    return number if Decimal(repr(number)) == value else str(value)


def as_parameter(value: Json) -> object:
    """Lists and objects are handed over as JSON text, for `json_each(:ids)` and the like."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)
