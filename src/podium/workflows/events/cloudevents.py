"""CloudEvents 1.0: reading what came from outside, making what a run emits.

Source of the rules: the CloudEvents specification 1.0.2 and its JSON event format.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

import msgspec

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject, canonical
from podium.workflows.interpreter.program import Read

VERSION: Final = "1.0"
JSON_TYPE: Final = "application/json"

_REQUIRED: Final = ("id", "source", "type")
_TEXTS: Final = (*_REQUIRED, "subject", "datacontenttype", "dataschema", "time")
_RESERVED: Final = frozenset({*_TEXTS, "specversion", "data", "data_base64"})
_EXTENSION: Final = re.compile(r"[a-z0-9]+")
_INTEGERS: Final = range(-(2**31), 2**31)


@dataclass(frozen=True, slots=True)
class Event:
    """An event that was checked. `envelope` is its JSON form, with `data` decoded where it can be:
    JSON of any content type is a value, text is text, all else stays in `data_base64`.
    """

    envelope: JsonObject

    @property
    def id(self) -> str:
        return str(self.envelope["id"])

    @property
    def source(self) -> str:
        return str(self.envelope["source"])

    @property
    def type(self) -> str:
        return str(self.envelope["type"])

    def attribute(self, name: str) -> Json:
        """A context attribute or `data`; None where the event has none."""
        return self.data if name == "data" else self.envelope.get(name)

    @property
    def data(self) -> Json:
        return self.envelope.get("data", self.envelope.get("data_base64"))

    def read(self, read: Read) -> Json:
        """What a workflow gets of it. `raw` is the text that travels: JSON spelled canonically,
        text as it is, binary in base64.
        """
        match read:
            case Read.ENVELOPE:
                return self.envelope
            case Read.DATA:
                return self.data
            case Read.RAW:
                said = self.data
                is_text = isinstance(said, str) and not is_json(self._content_type())
                return said if is_text else canonical(said).decode(errors="replace")

    def _content_type(self) -> str:
        if "data" not in self.envelope and "data_base64" in self.envelope:
            return "application/octet-stream"
        return str(self.envelope.get("datacontenttype", JSON_TYPE))


def event(value: Json) -> Event:
    """An event from its JSON form. Raises Invalid."""
    if not isinstance(value, Mapping):
        raise Invalid("A CloudEvent is a JSON object with specversion, id, source and type.")
    said: dict[str, Json] = {name: each for name, each in value.items() if each is not None}
    if "data" in value:  # null is a value there
        said["data"] = value["data"]
    _versioned(said)
    for name in _TEXTS:
        _text(said, name)
    for name in said.keys() - _RESERVED:
        _extension(name, said[name])
    _moment(said.get("time"))
    return Event(_decoded(said))


def _versioned(said: JsonObject) -> None:
    if said.get("specversion") != VERSION:
        found = said.get("specversion")
        raise Invalid(f"A CloudEvent needs 'specversion': '{VERSION}', got {found!r}.")


def _text(said: JsonObject, name: str) -> None:
    value = said.get(name)
    if value is None and name not in _REQUIRED:
        return
    if not isinstance(value, str) or not value:
        raise Invalid(f"A CloudEvent needs '{name}' as a text that is not empty, got {value!r}.")


def _extension(name: str, value: Json) -> None:
    if not _EXTENSION.fullmatch(name):
        raise Invalid(
            f"'{name[:40]}' is no name of a CloudEvent's attribute: it has lower-case letters and "
            "digits only. Rename it, or put it into 'data'."
        )
    if isinstance(value, bool | str) or (isinstance(value, int) and value in _INTEGERS):
        return
    raise Invalid(
        f"The attribute '{name}' of a CloudEvent is a text, a whole number of 32 bits or a truth "
        "value. Put anything else into 'data'."
    )


def _moment(value: Json) -> None:
    if value is None:
        return
    try:
        if moment(str(value)).tzinfo is not None:
            return
    except ValueError:
        pass
    raise Invalid(f"'time' is a moment such as 2026-11-22T10:30:00Z, got {value!r}.")


def moment(text: str) -> datetime:
    """RFC 3339. Raises ValueError."""
    if "T" not in text.upper():
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _decoded(said: JsonObject) -> JsonObject:
    if "data_base64" not in said:
        return said
    if "data" in said:
        raise Invalid("A CloudEvent has 'data' or 'data_base64', not both. Leave one out.")
    try:
        body = base64.b64decode(str(said["data_base64"]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"'data_base64' is not base64: {error}.") from None
    rest = {name: each for name, each in said.items() if name != "data_base64"}
    return {**rest, **content(body, str(said.get("datacontenttype", "application/octet-stream")))}


def content(body: bytes, media: str) -> JsonObject:
    """`data` or `data_base64` of an event whose payload is these bytes of that media type.

    Raises Invalid for what says that it is JSON or text, and is not.
    """
    try:
        if is_json(media):
            return {"data": cast("Json", msgspec.json.decode(body))}
        if media.lower().startswith("text/"):
            return {"data": body.decode()}
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The event's data is not {media[:80]}: {error}.") from None
    return {"data_base64": base64.b64encode(body).decode()}


def is_json(media: str) -> bool:
    kind = media.partition(";")[0].strip().lower()
    return kind.endswith(("/json", "+json"))


@dataclass(frozen=True, slots=True)
class Emission:
    """What an emitted event has where its document says nothing. `at` is the run's time."""

    id: str
    source: str
    at: float


def emitted(attributes: JsonObject, default: Emission) -> Event:
    """The event of an `emit`, whose expressions are resolved. Raises Invalid."""
    said = {name: each for name, each in attributes.items() if each is not None or name == "data"}
    made: dict[str, Json] = {
        "specversion": VERSION,
        "id": default.id,
        "source": default.source,
        "time": spelled(default.at),
        **said,
    }
    if "data" in made:
        _ = made.setdefault("datacontenttype", JSON_TYPE)
    return event(made)


def spelled(at: float) -> str:
    """Seconds since 1970 as RFC 3339, to the millisecond."""
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
