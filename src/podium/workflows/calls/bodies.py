"""Bodies of requests: JSON unless their Content-Type says what else."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.uris import scalar

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
TEXT = "text/plain; charset=utf-8"

_BINARY = re.compile(
    r"(image|audio|video|font)/(?!svg\+xml$).+"
    r"|application/(octet-stream|pdf|zip|gzip|x-tar|x-gzip|x-protobuf|protobuf|wasm|vnd\..+)"
)
_MARK = re.compile(r'[\r\n"]')


@dataclass(frozen=True, slots=True)
class Body:
    """`kind` is the Content-Type; empty where there is nothing to send."""

    data: bytes | None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body; `filename` and `kind` may be empty."""

    name: str
    data: bytes
    filename: str = ""
    kind: str = ""


def media(content_type: str) -> str:
    """`Text/HTML; charset=utf-8` is `text/html`."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    return media(content_type).endswith(("/json", "+json"))


def is_binary(content_type: str) -> bool:
    kind = media(content_type)
    return not is_json(kind) and _BINARY.fullmatch(kind) is not None


def encoded(value: Json, content_type: str = "") -> Body:
    """The bytes of a body and its Content-Type. Raises Invalid where the two do not fit.

    Without a Content-Type text is text and everything else is JSON. With one, text is taken as
    written: base64 for a binary type, and for JSON it has to be JSON already.
    """
    kind = media(content_type)
    if value is None:
        return Body(None)
    if not kind:
        return Body(utf8(value), TEXT) if isinstance(value, str) else Body(written(value), JSON)
    if isinstance(value, str):
        return Body(_text(value, kind), content_type)
    if kind == FORM:
        return Body(urlencode(_fields(value)).encode(), content_type)
    if kind == MULTIPART:
        return multipart([Part(name, each.encode()) for name, each in _fields(value)])
    if is_json(kind) or not is_binary(kind):
        return Body(written(value), content_type)
    raise Invalid(f"A body of {kind} is bytes: give them as one text in base64.")


def _text(value: str, kind: str) -> bytes:
    if is_binary(kind):
        return unbased(value, f"A body of {kind}")
    data = utf8(value)
    if is_json(kind):
        try:
            _ = cast("Json", json.loads(data))
        except (ValueError, RecursionError) as error:
            remedy = "Write ${ … | tojson } to send a text as JSON."
            raise Invalid(f"The body is text, but no JSON, and goes as {kind}. {remedy}") from error
    if kind == MULTIPART:
        raise Invalid(f"A body of {MULTIPART} is a mapping: one entry for each part.")
    return data


def unbased(value: str, what: str) -> bytes:
    """The bytes of a text in base64. Raises Invalid."""
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"{what} is bytes: give them in base64. This text is not.") from error


def utf8(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise Invalid("The body holds half of a character (a lone surrogate).") from error


def written(value: Json) -> bytes:
    """JSON. Raises Invalid for numbers that JSON cannot write, and for half characters."""
    try:
        return utf8(json.dumps(value, ensure_ascii=False, allow_nan=False))
    except ValueError as error:
        raise Invalid("The body holds NaN or an infinite number, which JSON cannot.") from error


def _fields(value: Json) -> list[tuple[str, str]]:
    """A list repeats its name; what has no value is left out."""
    if not isinstance(value, Mapping):
        raise Invalid("A form is a mapping: one entry for each field.")
    fields: list[tuple[str, str]] = []
    for name, each in value.items():
        values = each if isinstance(each, Sequence) and not isinstance(each, str) else [each]
        fields.extend((name, scalar(one, name)) for one in values if one is not None)
    return fields


def multipart(parts: Sequence[Part]) -> Body:
    """RFC 7578. The boundary comes from the content, so that the same parts give the same bytes."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.data)
    boundary = f"podium-{digest.hexdigest()[:40]}".encode()
    lines: list[bytes] = []
    for part in parts:
        lines += [b"--" + boundary, *_heads(part), b"", part.data]
    kind = f"{MULTIPART}; boundary={boundary.decode()}"
    return Body(b"\r\n".join([*lines, b"--" + boundary + b"--", b""]), kind)


def _heads(part: Part) -> list[bytes]:
    head = f'Content-Disposition: form-data; name="{_escaped(part.name)}"'
    if part.filename:
        head += f'; filename="{_escaped(part.filename)}"'
    heads = [utf8(head)]
    if part.kind:
        if not part.kind.isascii() or not part.kind.isprintable():
            raise Invalid(f"The part '{part.name}' has a Content-Type that cannot be written.")
        heads.append(f"Content-Type: {part.kind}".encode())
    return heads


def _escaped(name: str) -> str:
    """As browsers do (HTML, 4.10.21.8)."""
    return _MARK.sub(lambda found: f"%{ord(found.group()):02X}", name)


def as_object(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}
