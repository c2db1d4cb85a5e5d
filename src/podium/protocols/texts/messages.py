"""Texts in the events of Anthropic's Messages."""

from collections.abc import Sequence
from typing import Final

from podium.gateway.masking.filtering import wants_json
from podium.gateway.masking.ports import TextFilter
from podium.gateway.requests import Request
from podium.kernel.json import Json
from podium.protocols.texts.streams import Content, EventTexts, Told, part_of, through

_DELTAS: Final = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "input_json_delta": "partial_json",
}


class MessageTexts:
    """The port TextForm."""

    def texts(self, request: Request, filter: TextFilter) -> EventTexts:
        return EventTexts(_Events(filter, json=wants_json(request.fields)))


class _Events:
    """Channels are the numbers of content blocks."""

    def __init__(self, filter: TextFilter, *, json: bool) -> None:
        self._filter: TextFilter = filter
        self._json: bool = json
        self._open: dict[str, Told] = {}
        """The last piece of each block."""

    def event(self, told: Told) -> Sequence[Told]:
        number = str(told.data.get("index"))
        match told.data.get("type"):
            case "content_block_delta":
                self._delta(number, told)
                return [told]
            case "content_block_stop":
                return [*self._ended(number), told]
            case "message_stop":
                return [*self.rest(), told]
            case "content_block_start" | "error":
                self._begin(part_of(told.data.get("content_block")))
                return [Told(told.name, part_of(through(told.data, self._filter)))]
            case _:
                return [told]

    def rest(self) -> Sequence[Told]:
        return [told for number in tuple(self._open) for told in self._ended(number)]

    def _begin(self, block: Content) -> None:
        name = block.get("name")
        if block.get("type") == "tool_use" and isinstance(name, str):
            self._filter.tool(name)

    def _delta(self, number: str, told: Told) -> None:
        delta = part_of(told.data.get("delta"))
        name = _DELTAS.get(str(delta.get("type")))
        said = delta.get(name) if name else None
        if name is None or not isinstance(said, str):
            if delta.get("type") == "citations_delta":
                told.data["delta"] = through(delta, self._filter)
            return
        json = name == "partial_json" or (self._json and name == "text")
        self._open[number] = Told(told.name, _with(told.data, {**delta, name: ""}))
        delta[name] = self._filter.piece(number, said, json=json)

    def _ended(self, number: str) -> Sequence[Told]:
        last = self._open.pop(number, None)
        text = self._filter.end(number) if last else ""
        if last is None or not text:
            return []
        delta = part_of(last.data["delta"])
        name = _DELTAS[str(delta["type"])]
        return [Told(last.name, _with(last.data, {**delta, name: text}))]


def _with(data: Content, delta: dict[str, Json]) -> Content:
    return {**data, "delta": delta}
