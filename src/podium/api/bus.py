"""/api/v1/events: events come in, as CloudEvents in each of the modes that HTTP has for them.

Source of the modes: the HTTP protocol binding of CloudEvents 1.0.2.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from podium.api.bodies import decode
from podium.api.context import Caller, Limits, Services
from podium.api.door import Door
from podium.kernel.errors import Invalid
from podium.kernel.json import Json
from podium.workflows.events import cloudevents, ports
from podium.workflows.events.cloudevents import Event

router: Final = APIRouter(prefix="/api/v1/events", tags=["events"])

MOST: Final = 1000
"""Events of a batch."""

_STRUCTURED: Final = "application/cloudevents+json"
_BATCH: Final = "application/cloudevents-batch+json"
_PREFIX: Final = "ce-"
_EXAMPLE: Final = {
    "specversion": "1.0",
    "id": "7f3a",
    "source": "https://shop.example/orders",
    "type": "com.example.order.paid",
    "data": {"order": 42},
}
_SCHEMA: Final[Mapping[str, object]] = {
    "requestBody": {
        "required": True,
        "description": "A CloudEvent, or several. With any other content type the body is the "
        "data of one event, and its attributes are headers: `ce-id`, `ce-type` and so on.",
        "content": {
            _STRUCTURED: {"schema": {"type": "object"}, "example": _EXAMPLE},
            _BATCH: {
                "schema": {"type": "array", "items": {"type": "object"}, "maxItems": MOST},
                "example": [_EXAMPLE],
            },
            "*/*": {"schema": {"type": "string"}},
        },
    }
}


class Receipt(BaseModel):
    """What came of an event. `runs` are those that were told of it, or started by it."""

    source: str
    id: str
    fresh: bool = Field(description="False where the same source and id had come before.")
    runs: list[str]

    @classmethod
    def of(cls, receipt: ports.Receipt) -> "Receipt":
        event = receipt.stored.event
        return cls(source=event.source, id=event.id, fresh=receipt.fresh, runs=list(receipt.runs))


class Receipts(BaseModel):
    """In the order of the events."""

    items: list[Receipt]


@router.post("", status_code=202, summary="Publish events", openapi_extra=dict(_SCHEMA))
async def publish(*, request: Request, podium: Services, caller: Caller, door: Limits) -> Receipts:
    """They are handed on to every run and schedule of the workspace that waits for them, once for
    each source and id: what is sent again after a lost answer does no harm.
    """
    events = await _events(request, door)
    receipts = [await podium.bus.publish(caller, each) for each in events]
    return Receipts(items=[Receipt.of(each) for each in receipts])


async def _events(request: Request, door: Door) -> Sequence[Event]:
    media = request.headers.get("content-type", "")
    kind, body = media.partition(";")[0].strip().lower(), await request.body()
    if kind == _BATCH:
        return _batch(decode(body, door))
    if kind == _STRUCTURED:
        return [cloudevents.event(decode(body, door))]
    if kind.startswith("application/cloudevents"):
        raise Invalid(f"Events come in JSON: send '{_STRUCTURED}', not {kind[:80]!r}.")
    if f"{_PREFIX}specversion" not in request.headers:
        raise Invalid(
            f"This is no CloudEvent. Send one with 'Content-Type: {_STRUCTURED}', or its data with "
            "the attributes as headers: ce-specversion, ce-id, ce-source, ce-type."
        )
    return [_binary(request, media, decode(body, door) if _is_json(media, body) else body)]


def _batch(value: Json) -> Sequence[Event]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Invalid("A batch of CloudEvents is a JSON array of them.")
    if len(value) > MOST:
        raise Invalid(f"A batch has at most {MOST} events, and this one has {len(value)}.")
    return [cloudevents.event(each) for each in value]


def _is_json(media: str, body: bytes) -> bool:
    return bool(body) and cloudevents.is_json(media)


def _binary(request: Request, media: str, body: Json | bytes) -> Event:
    """`body` is decoded where it is JSON."""
    said: dict[str, Json] = {
        name.removeprefix(_PREFIX): unquote(value)
        for name, value in request.headers.items()
        if name.startswith(_PREFIX)
    }
    if media:
        said["datacontenttype"] = media
    if not isinstance(body, bytes):
        said["data"] = body
    elif body:
        said |= cloudevents.content(body, media or "application/octet-stream")
    return cloudevents.event(said)
