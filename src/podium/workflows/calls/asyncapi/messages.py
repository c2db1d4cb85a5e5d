"""Payloads as bytes and back, the schema that a published one is held to, and addresses."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast
from urllib.parse import quote

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject, canonical
from podium.workflows.calls.asyncapi.document import AsyncApi, Described, Found
from podium.workflows.calls.asyncapi.ports import Channel, Incoming
from podium.workflows.calls.asyncapi.servers import PLACE
from podium.workflows.calls.bodies import JSON, is_json
from podium.workflows.schemas import compiled

_SCHEMAS: Final = (
    "application/vnd.aai.asyncapi",
    "application/schema+json",
    "application/schema+yaml",
)
_LOCATION: Final = re.compile(r"\$message\.(header|payload)#(/.*)?")
_UNSENDABLE: Final = re.compile(r"[\x00-\x1f\x7f]")


def channel(api: AsyncApi, found: Found, protocol: str, *, message: JsonObject) -> Channel:
    """What the protocol must know of the channel. `message` gives its address values; it is empty
    where nothing is sent. Raises Invalid.
    """
    described = found.messages[0] if found.messages else Described({}, "")
    correlations = [api.inside(each, "correlationId").value for each in found.messages]
    return Channel(
        address=_address(api, found, message),
        bindings=_bindings(api, found.channel, protocol),
        operation=_bindings(api, found.operation, protocol),
        message=_bindings(api, described, protocol),
        content_type=_content_type(api, described),
        correlations=[str(each["location"]) for each in correlations if "location" in each],
    )


def _bindings(api: AsyncApi, described: Described, protocol: str) -> JsonObject:
    """Those of `mqtt5` count where the server speaks it, those of `mqtt` for both."""
    bindings = api.inside(described, "bindings")
    own = api.inside(bindings, protocol).value
    return {**api.inside(bindings, "mqtt").value, **own} if protocol == "mqtt5" else own


def _content_type(api: AsyncApi, described: Described) -> str:
    given = described.member("contentType") or api.document.get("defaultContentType")
    return given if isinstance(given, str) else JSON


def _address(api: AsyncApi, found: Found, message: JsonObject) -> str:
    """With the values of its parameters, as far as anybody gives them."""

    def value(place: re.Match[str]) -> str:
        parameters = api.inside(found.channel, "parameters")
        parameter = api.inside(parameters, place.group(1))
        given = located(parameter.member("location"), message)
        schema = parameter.member("schema")
        if given is None:
            given = parameter.member("default")
        if given is None and isinstance(schema, Mapping):
            given = schema.get("default")
        if given is None:
            return place.group()
        text = given if isinstance(given, str) else json.dumps(given)
        if not text or _UNSENDABLE.search(text):
            raise Invalid(
                f"The address {found.address!r} cannot hold {text!r} for {place.group()}."
            )
        return text

    return PLACE.sub(value, found.address)


def located(location: Json, message: JsonObject) -> Json:
    """What a runtime expression such as `$message.payload#/user/id` finds."""
    found = _LOCATION.fullmatch(location) if isinstance(location, str) else None
    if found is None:
        return None
    here: Json = message.get("headers" if found.group(1) == "header" else "payload")
    for part in (found.group(2) or "")[1:].split("/") if found.group(2) else ():
        key = part.replace("~1", "/").replace("~0", "~")
        here = here.get(key) if isinstance(here, Mapping) else None
    return here


def encoded(payload: Json, content_type: str) -> bytes:
    """Raises Invalid for a content type that is not JSON."""
    if not is_json(content_type):
        raise Invalid(
            f"The AsyncAPI document wants payloads as {content_type}, and podium writes JSON only."
        )
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def order(channel: Channel, message: JsonObject) -> str | None:
    """What the extension `x-key-location` of a message's binding finds, as a text."""
    value = located(channel.message.get("x-key-location"), message)
    return value if value is None or isinstance(value, str) else json.dumps(value)


def headers(value: Json) -> Mapping[str, str]:
    """Texts as they are, everything else as JSON. Raises Invalid for control characters."""
    found: dict[str, str] = {}
    for name, each in value.items() if isinstance(value, Mapping) else ():
        text = each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)
        if not name or _UNSENDABLE.search(name) or _UNSENDABLE.search(text):
            raise Invalid(f"The header {name!r} cannot be sent: it holds a control character.")
        found[name] = text
    return found


def decoded(message: Incoming, channel: Channel) -> JsonObject:
    """{payload, headers, correlationId}: JSON where it is such, else text, else base64."""
    shown: dict[str, Json] = {
        "payload": _payload(message.body, message.content_type or channel.content_type),
        "headers": dict(message.headers),
    }
    correlation = message.correlation_id or _correlation(channel, shown)
    return {**shown, "correlationId": correlation} if correlation else shown


def _payload(body: bytes, content_type: str) -> Json:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
    if not is_json(content_type):
        return text
    try:
        return cast("Json", json.loads(text, parse_constant=_no_number))
    except (ValueError, RecursionError):
        return text


def _no_number(name: str) -> Json:
    raise ValueError(name)


def _correlation(channel: Channel, message: JsonObject) -> str:
    for location in channel.correlations:
        value = located(location, message)
        if value is not None:
            return value if isinstance(value, str) else json.dumps(value)
    return ""


def check(api: AsyncApi, found: Found, payload: Json) -> None:
    """Hold a payload to the schemas of the messages that may be sent. Raises Invalid."""
    said: list[str] = []
    for each in found.messages:
        pointer = _schema(each)
        if pointer is None:
            return
        error = _mismatch(api.document, pointer, payload)
        if error is None:
            return
        said.append(error)
    if said:
        raise Invalid(f"The payload is no message of {found.address!r}: {'; or '.join(said[:3])}")


def _schema(message: Described) -> str | None:
    """Where the schema of the payload stands; None where there is none that could be checked."""
    payload = message.member("payload")
    written = message.member("schemaFormat")
    inside = f"{message.pointer}/payload"
    if isinstance(payload, Mapping) and "schemaFormat" in payload:
        written, inside = payload.get("schemaFormat"), f"{inside}/schema"
    if not isinstance(payload, Mapping):
        return None
    known = written is None or str(written).startswith(_SCHEMAS)
    return inside if known and message.pointer else None


def _mismatch(document: JsonObject, pointer: str, payload: Json) -> str | None:
    """References inside of a schema are those of the whole document, so it is the root here."""
    root = {
        **{name: each for name, each in document.items() if name != "id"},
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": f"#{quote(pointer, safe='/~')}",
    }
    try:
        found = compiled(canonical(root))
    except Invalid as error:
        said = error.message.rstrip(".")[:300]
        raise Invalid(f"The AsyncAPI document's schema at {pointer} is none: {said}.") from error
    wrong = found.mismatches(payload)
    if not wrong:
        return None
    where = "/".join(map(str, wrong[0].path))
    return f"{f'at {where}: ' if where else ''}{wrong[0].message[:300]}"


def places(address: str) -> Sequence[str]:
    """The parameters of an address that have no value."""
    return PLACE.findall(address)
