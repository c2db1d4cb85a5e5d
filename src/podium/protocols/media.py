"""Images, sounds and documents in the parts of a message."""

import re
from dataclasses import dataclass
from typing import Final

from podium.kernel.json import JsonObject
from podium.protocols.shapes import Misshapen, needed, part, text

_DATA_URL: Final = re.compile(r"data:([^;,\s]{1,255})((?:;[^;,\s]{1,255})*);base64,", re.IGNORECASE)
_SOUNDS: Final = {"mp3": "audio/mpeg", "pcm16": "audio/pcm"}


@dataclass(frozen=True, slots=True)
class Media:
    """Bytes in base64, or an address; of the two the other is empty. `type` is a media type, empty
    where an address does not say it.
    """

    type: str
    data: str = ""
    url: str = ""
    name: str = ""


def media(value: JsonObject, at: str) -> Media:
    """Of a part of kind `image_url`, `input_audio` or `file`. Raises Misshapen."""
    match value.get("type"):
        case "image_url":
            return _image(value, at)
        case "input_audio":
            sound = part(value, "input_audio", at)
            kind = needed(sound, "format", f"{at}/input_audio")
            data = needed(sound, "data", f"{at}/input_audio")
            return Media(_SOUNDS.get(kind, f"audio/{kind}"), data)
        case _:
            return _document(part(value, "file", at), f"{at}/file")


def _image(value: JsonObject, at: str) -> Media:
    given = value.get("image_url")
    if isinstance(given, str):
        return _placed(given, "", f"{at}/image_url")
    url = needed(part(value, "image_url", at), "url", f"{at}/image_url")
    return _placed(url, "", f"{at}/image_url/url")


def _document(file: JsonObject, at: str) -> Media:
    name = text(file, "filename", at)
    for key in ("file_data", "file_url", "file_id"):
        given = text(file, key, at)
        if given:
            return _placed(given, name, f"{at}/{key}")
    raise Misshapen(at, "needs file_data, file_url or file_id")


def _placed(url: str, name: str, at: str) -> Media:
    if url[:5].lower() != "data:":
        return Media("", url=url, name=name)
    head = _DATA_URL.match(url)
    if head is None:
        raise Misshapen(at, "is no data: URL in base64. Write data:image/png;base64,…")
    return Media(head.group(1).lower(), data=url[head.end() :], name=name)
