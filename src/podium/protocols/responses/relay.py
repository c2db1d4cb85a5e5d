"""A stream of Responses that goes on to the caller as it came, read along."""

from typing import Final, TypeAlias, cast

import msgspec

from podium.gateway.models import Usage
from podium.gateway.usage import usage_of
from podium.kernel.json import Json, JsonObject
from podium.protocols.event_blocks import Blocks, data_of
from podium.protocols.formats import Noted
from podium.protocols.refusals import broken, malformed
from podium.protocols.responses.words import chat_usage, finish
from podium.protocols.shapes import Misshapen

_Value: TypeAlias = bool | int | float | str | list[object] | dict[str, object] | None


class _Response(msgspec.Struct, gc=False):
    object: _Value = None
    status: _Value = None
    model: _Value = None
    usage: _Value = None
    error: _Value = None
    incomplete_details: _Value = None


class _Event(msgspec.Struct, gc=False):
    type: str
    response: _Response | None = None
    code: _Value = None
    message: _Value = None


_events: Final = msgspec.json.Decoder(_Event)
_responses: Final = msgspec.json.Decoder(_Response)


class ResponseRelay:
    """The port Relay."""

    def __init__(self) -> None:
        self._blocks: Blocks = Blocks()
        self._noted: Noted = Noted()
        self._chunks: int = 0
        self._done: bool = False

    def feed(self, piece: bytes) -> bytes:
        if self._done:
            return b""
        blocks = self._blocks.feed(piece)
        for block in blocks:
            data = data_of(block)
            if data is not None and not self._done:
                self._event(data)
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def end(self) -> bytes:
        return b""

    @property
    def noted(self) -> Noted:
        return self._noted

    @property
    def chunks(self) -> int:
        return self._chunks

    @property
    def finished(self) -> bool:
        return self._done

    def _event(self, data: bytes) -> None:
        if data == b"[DONE]":
            return
        try:
            event = _events.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
            raise malformed(f"an event of its stream is not in the format: {bad}") from bad
        match event.type:
            case "response.completed" | "response.incomplete":
                self._noted = _of(event.response or _Response())
                self._done = True
            case "response.created" if event.response is not None:
                self._noted = Noted(model=_model(event.response))
            case "response.failed" | "response.cancelled":
                raise broken(cast("Json", event.response.error if event.response else None))
            case "error":
                raise broken({"message": cast("Json", event.message), "code": _code(event)})
            case kind:
                self._chunks += kind.endswith(".delta")


def noted(body: bytes) -> Noted:
    """Of a whole answer. Raises UpstreamFailed where it is none."""
    try:
        response = _responses.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise malformed(f"its answer is not in the format: {bad}") from bad
    if response.error:
        raise broken(cast("Json", response.error))
    if response.object != "response":
        raise malformed("its answer is no response")
    return _of(response)


def _of(response: _Response) -> Noted:
    details = cast("Json", response.incomplete_details)
    told: JsonObject = {"status": cast("Json", response.status), "incomplete_details": details}
    try:
        return Noted(_usage(response), _model(response), (finish(told, called=False),))
    except Misshapen as bad:
        raise bad.in_answer() from None


def _usage(response: _Response) -> Usage | None:
    report = response.usage
    if not isinstance(report, dict):
        return None
    return usage_of({"usage": chat_usage(cast("JsonObject", report))})


def _model(response: _Response) -> str:
    return response.model if isinstance(response.model, str) else ""


def _code(event: _Event) -> str:
    return event.code if isinstance(event.code, str) else ""
