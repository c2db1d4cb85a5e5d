"""What a caller asks and what it gets, in the words of the caller's own protocol."""

from collections.abc import Mapping

from msgspec import Struct

from podium.gateway.models import CallRecord, Operation, Usage
from podium.gateway.supply.modes import NATIVE, Supplied
from podium.kernel.json import JsonObject


class Request(Struct, frozen=True):
    """One question to the gateway as it came in.

    `fields` is `body` read, and is what counts where the two differ: whoever changes a field makes
    a request with an empty body. A form is its body; its fields are there to be looked at. `tags`
    are the caller's own words about it, for routing and for who pays; `session` makes what belongs
    together stick to one target.
    """

    protocol: str
    """`openai_chat`, `openai_responses` or `anthropic_messages`."""
    operation: Operation
    fields: JsonObject
    body: bytes = b""
    content_type: str = "application/json"
    stream: bool = False
    session: str = ""
    headers: Mapping[str, str] = {}
    """Those that mean something in the protocol, and go on to a provider that speaks it."""
    cache_control: str = ""
    """The header of that name."""
    tags: Mapping[str, str] = {}
    origin: str = ""
    """`run:path` of the step that asks; empty for a request from outside."""


class Reply(Struct, frozen=True):
    """A whole answer in the protocol of its request, and what it says about itself.

    `usage` is None where the upstream reported none.
    """

    body: bytes
    usage: Usage | None
    model: str = ""
    finish_reasons: tuple[str, ...] = ()
    content_type: str = "application/json"
    supplied: Supplied = NATIVE


class Answered(Struct, frozen=True):
    """An answer, its record, and the headers that tell the caller of cache and limits."""

    reply: Reply
    record: CallRecord
    headers: Mapping[str, str]
