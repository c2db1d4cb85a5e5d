"""What podium wants to know of a completion or a chunk, without decoding the rest of it."""

from typing import Final, TypeAlias, cast

import msgspec

from podium.gateway.models import Usage
from podium.gateway.usage import usage_of
from podium.kernel.json import Json
from podium.protocols.formats import Noted
from podium.protocols.refusals import broken, malformed

_NO_DATA: Final = msgspec.Raw()


Value: TypeAlias = bool | int | float | str | list[object] | dict[str, object] | None


class Choice(msgspec.Struct, gc=False):
    finish_reason: Value = None


class Body(msgspec.Struct, gc=False):
    """A completion, a chunk or a list of embeddings."""

    choices: list[Choice] | None = None
    data: msgspec.Raw = _NO_DATA
    usage: Value | msgspec.UnsetType = msgspec.UNSET
    """`null` is None, and absent is neither."""
    x_groq: Value = None
    error: Value = None
    model: Value = None


_decoder: Final = msgspec.json.Decoder(Body)
Found: TypeAlias = tuple[str, ...]


def body_of(raw: bytes) -> Body:
    """Raises UpstreamFailed: it is not JSON of this shape, or it is an error."""
    try:
        body = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise malformed(f"its answer is not in the format: {bad}") from bad
    if body.error:
        raise broken(cast("Json", body.error))
    return body


def usage_in(body: Body) -> Usage | None:
    """None where it reports none."""
    if not body.usage and body.x_groq is None:
        return None
    return usage_of({"usage": cast("Json", body.usage), "x_groq": cast("Json", body.x_groq)})


def reasons_in(body: Body) -> Found:
    """Some providers put an empty text where nothing has finished."""
    reasons = (choice.finish_reason for choice in body.choices or ())
    return tuple(reason for reason in reasons if isinstance(reason, str) and reason)


def model_in(body: Body) -> str:
    return body.model if isinstance(body.model, str) else ""


def noted(raw: bytes) -> Noted:
    """Of a whole answer. Raises UpstreamFailed where it is none."""
    body = body_of(raw)
    if body.choices is None and not bytes(memoryview(body.data)[:1]).startswith(b"["):
        raise malformed("its answer has neither 'choices' nor 'data'")
    return Noted(usage_in(body), model_in(body), reasons_in(body))
