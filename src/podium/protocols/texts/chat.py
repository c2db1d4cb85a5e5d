"""Texts in chunks of OpenAI's chat completions."""

from collections.abc import Iterator, Sequence
from typing import Final, cast

from podium.gateway.masking.filtering import wants_json
from podium.gateway.masking.ports import TextFilter
from podium.gateway.requests import Request
from podium.kernel.json import Json
from podium.protocols.texts.streams import Content, EventTexts, Told, part_of, through

_KNOWN: Final = frozenset({"index", "delta", "logprobs", "finish_reason"})
_DETAILS: Final = ("text", "summary")


class ChatTexts:
    """The port TextForm."""

    def texts(self, request: Request, filter: TextFilter) -> EventTexts:
        return EventTexts(_Chunks(filter, json=wants_json(request.fields)))


class _Chunks:
    """Channels are `<choice>/<field>` and `<choice>/tool/<number>`."""

    def __init__(self, filter: TextFilter, *, json: bool) -> None:
        self._filter: TextFilter = filter
        self._json: bool = json
        self._open: dict[str, None] = {}
        self._head: Content = {}

    def event(self, told: Told) -> Sequence[Told]:
        choices = told.data.get("choices")
        if not isinstance(choices, list):
            return [told]
        for name in told.data.keys() - {"choices", "usage"}:
            told.data[name] = through(told.data[name], self._filter, key=name)
        self._head = {k: v for k, v in told.data.items() if k not in {"choices", "usage"}}
        for choice in choices:
            if isinstance(choice, dict):
                self._choice(choice)
        return [told]

    def rest(self) -> Sequence[Told]:
        return [
            Told("", {**self._head, "choices": [_choice_of(channel, text)]})
            for channel, text in self._ended("")
        ]

    def _choice(self, choice: Content) -> None:
        number = str(choice.get("index", 0))
        delta = part_of(choice.get("delta"))
        for name, value in delta.items():
            self._part(number, name, value, changed=delta)
        if choice.get("logprobs") is not None:
            choice["logprobs"] = None  # its tokens would show what was hidden
        for name in choice.keys() - _KNOWN:
            choice[name] = through(choice[name], self._filter)
        if choice.get("finish_reason") is not None:
            self._finish(number, choice)

    def _part(self, number: str, name: str, value: Json, *, changed: Content) -> None:
        """Each text is a channel of its own, also one that OpenAI does not know."""
        match name, value:
            case "role", _:
                pass
            case _, str():
                json = self._json and name == "content"
                changed[name] = self._piece(f"{number}/{name}", value, json=json)
            case "reasoning_details", _:
                self._details(number, _objects(value))
            case "tool_calls", _:
                self._calls(number, _objects(value))
            case "function_call", _:
                self._arguments(f"{number}/function_call", part_of(value))
            case _:
                changed[name] = through(value, self._filter)

    def _calls(self, number: str, calls: Sequence[Content]) -> None:
        for at, call in enumerate(calls):
            function = part_of(call.get("function"))
            if isinstance(called := function.get("name"), str):
                self._filter.tool(called)
            self._arguments(f"{number}/tool/{call.get('index', at)}", function)

    def _details(self, number: str, details: Sequence[Content]) -> None:
        for at, detail in enumerate(details):
            channel = f"{number}/details/{detail.get('index', at)}"
            for name in _DETAILS:
                said = detail.get(name)
                if isinstance(said, str):
                    detail[name] = self._piece(f"{channel}/{name}", said)

    def _arguments(self, channel: str, function: Content) -> None:
        said = function.get("arguments")
        if isinstance(said, str):
            function["arguments"] = self._piece(channel, said, json=True)

    def _piece(self, channel: str, text: str, *, json: bool = False) -> str:
        self._open[channel] = None
        return self._filter.piece(channel, text, json=json)

    def _ended(self, prefix: str) -> Iterator[tuple[str, str]]:
        for channel in [one for one in self._open if one.startswith(prefix)]:
            del self._open[channel]
            if text := self._filter.end(channel):
                yield channel, text

    def _finish(self, number: str, choice: Content) -> None:
        """What was held back comes with the chunk that says that there is no more."""
        delta = cast("Content", choice.setdefault("delta", {}))
        for channel, text in self._ended(f"{number}/"):
            _append(delta, channel.split("/"), text)


def _choice_of(channel: str, text: str) -> Json:
    path = channel.split("/")
    delta: Content = {}
    _append(delta, path, text)
    return {"index": int(path[0]), "delta": delta, "finish_reason": None}


def _append(delta: Content, path: Sequence[str], text: str) -> None:
    match path:
        case [_, "tool", number]:
            calls = cast("list[Json]", delta.setdefault("tool_calls", []))
            _to_call(calls, int(number), text)
        case [_, "function_call"]:
            function = cast("Content", delta.setdefault("function_call", {}))
            function["arguments"] = f"{function.get('arguments') or ''}{text}"
        case [_, "details", number, name]:
            details = cast("list[Json]", delta.setdefault("reasoning_details", []))
            kind = "summary" if name == "summary" else "text"
            details.append({"type": f"reasoning.{kind}", "index": int(number), name: text})
        case [_, name]:
            delta[name] = f"{delta.get(name) or ''}{text}"
        case _:
            raise ValueError(f"There is no channel {path}.")


def _to_call(calls: list[Json], number: int, text: str) -> None:
    for call in _objects(calls):
        if call.get("index") == number:
            function = cast("Content", call.setdefault("function", {}))
            function["arguments"] = f"{function.get('arguments') or ''}{text}"
            return
    calls.append({"index": number, "function": {"arguments": text}})


def _objects(value: Json) -> list[Content]:
    if not isinstance(value, list):
        return []
    return [one for one in value if isinstance(one, dict)]
