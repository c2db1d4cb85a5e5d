"""Arguments of tool calls: text in a chat, objects with providers."""

import msgspec

from podium.kernel.json import JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.shapes import Misshapen, shown


def arguments(function: JsonObject, at: str) -> JsonObject:
    """Raises Misshapen unless they are an object; none at all is an empty one."""
    given = function.get("arguments")
    if given is None or (isinstance(given, str) and not given.strip()):
        return {}
    found = json_object(given) if isinstance(given, str) else None
    if found is None:
        raise Misshapen(f"{at}/arguments", f"must be a JSON object as text, got {shown(given)}")
    return found


def arguments_text(value: JsonObject, at: str) -> str:
    """Raises Misshapen."""
    try:
        return msgspec.json.encode(value).decode()
    except RecursionError as deep:
        raise Misshapen(at, "is nested too deeply") from deep
