"""Texts in the events of OpenAI's Responses. Each has a number: what is put in moves the others."""

from collections.abc import Sequence
from typing import Final

from podium.gateway.masking.filtering import wants_json
from podium.gateway.masking.ports import TextFilter
from podium.gateway.requests import Request
from podium.protocols.texts.streams import Content, EventTexts, Told, part_of, through

_DELTA, _DONE = ".delta", ".done"
_TOOL: Final = "arguments"
_PLACES: Final = ("output_index", "content_index", "summary_index")


class ResponseTexts:
    """The port TextForm."""

    def texts(self, request: Request, filter: TextFilter) -> EventTexts:
        return EventTexts(_Events(filter, json=wants_json(request.fields)))


class _Events:
    """Channels are `<event without its end> <output> <content> <summary>`."""

    def __init__(self, filter: TextFilter, *, json: bool) -> None:
        self._filter: TextFilter = filter
        self._json: bool = json
        self._open: dict[str, Told] = {}
        self._next: int = -1

    def event(self, told: Told) -> Sequence[Told]:
        kind = str(told.data.get("type", ""))
        said = told.data.get("delta")
        if kind.endswith(_DELTA) and isinstance(said, str):
            return [self._numbered(self._delta(kind, said, told))]
        if kind == "response.output_item.done":
            self._item(part_of(told.data.get("item")))
        before = self._before(kind, told)
        through_all = part_of(through(told.data, self._filter))
        return [*before, self._numbered(Told(told.name, through_all))]

    def rest(self) -> Sequence[Told]:
        return [one for channel in tuple(self._open) for one in self._ended(channel)]

    def _item(self, item: Content) -> None:
        name = item.get("name")
        if item.get("type") == "function_call" and isinstance(name, str):
            self._filter.tool(name)

    def _delta(self, kind: str, said: str, told: Told) -> Told:
        channel = _channel(kind.removesuffix(_DELTA), told.data)
        self._open[channel] = told
        json = _TOOL in kind or (self._json and "output_text" in kind)
        text = self._filter.piece(channel, said, json=json)
        changed: Content = {**told.data, "delta": text}
        if changed.get("logprobs"):
            changed["logprobs"] = []  # its tokens would show what was hidden
        return Told(told.name, changed)

    def _before(self, kind: str, told: Told) -> Sequence[Told]:
        """What is held back of a text comes before the event that says that it is whole."""
        if kind.endswith(_DONE):
            return self._ended(_channel(kind.removesuffix(_DONE), told.data))
        if kind in {"response.completed", "response.incomplete", "response.failed"}:
            return self.rest()
        return []

    def _ended(self, channel: str) -> Sequence[Told]:
        last = self._open.pop(channel, None)
        text = self._filter.end(channel) if last else ""
        if last is None or not text:
            return []
        return [self._numbered(Told(last.name, {**last.data, "delta": text}))]

    def _numbered(self, told: Told) -> Told:
        """Counted on from the first one's number."""
        number = told.data.get("sequence_number")
        if not isinstance(number, int):
            return told
        self._next = number if self._next < 0 else self._next + 1
        return Told(told.name, {**told.data, "sequence_number": self._next})


def _channel(kind: str, data: Content) -> str:
    return " ".join([kind, *(str(data.get(place, "")) for place in _PLACES)])
