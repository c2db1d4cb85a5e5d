"""Answers of emulated tools as they come: words as words, arguments as arguments of a call.

The model writes `{"answer": "…"}` or `{"tool": "NAME", "arguments": {…}}`. Until it is known which,
nothing goes on; then each piece does at once. Whatever else it writes is held until its end, and
read as a whole.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from podium.gateway.supply.prompts import plain, spelled
from podium.gateway.supply.tool_schemas import Toolbox
from podium.gateway.supply.tools import Calls, NewId, Words, call, malformed, read
from podium.kernel.json import Json, JsonObject

_WORDS: Final = re.compile(r'\s*\{\s*"answer"\s*:\s*"')
_CALL: Final = re.compile(
    r'\s*\{\s*"tool"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*(?=\{)'
)
_HEAD: Final = 400
"""Characters within which an answer says what it is."""
_LONGEST: Final = 4_194_304
_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{4}|[^u])")
_UNICODE: Final = 6
_HIGH: Final = range(0xD800, 0xDC00)


@dataclass(slots=True)
class WordsReader:
    """The text of a JSON string after its first quote, as it comes."""

    rest: str = ""
    over: bool = False

    def feed(self, text: str) -> str:
        text, self.rest = self.rest + text, ""
        out: list[str] = []
        at = 0
        while at < len(text) and not self.over:
            special = next((n for n in range(at, len(text)) if text[n] in '"\\'), len(text))
            out.append(text[at:special])
            at = special
            if at < len(text):
                at = self._special(text, at, out)
        return "".join(out)

    def _special(self, text: str, at: int, out: list[str]) -> int:
        """Where it goes on after a quote or an escape."""
        if text[at] == '"':
            self.over = True
            return at
        end = _escape_end(text, at)
        if end > len(text):
            self.rest = text[at:]
            return len(text)
        out.append(_unescaped(text[at:end]))
        return end


def _escape_end(text: str, at: int) -> int:
    """Beyond the text where the escape is not whole, also where its second half is to come."""
    if text[at + 1 : at + 2] != "u":
        return at + 2
    end = at + _UNICODE
    digits = text[at + 2 : end]
    if len(digits) < 4:  # noqa: PLR2004 - as JSON has it
        return len(text) + 1
    if _ESCAPE.fullmatch(text, at, end) and int(digits, 16) in _HIGH:
        after = text[end : end + 2]
        if len(after) < 2 or after == "\\u":  # noqa: PLR2004 - a backslash and a u
            return end + _UNICODE if after in {"", "\\", "\\u"} else end
    return end


def _unescaped(escape: str) -> str:
    try:
        return msgspec.json.decode(f'"{escape}"', type=str)
    except msgspec.DecodeError:
        return "\N{REPLACEMENT CHARACTER}"


@dataclass(slots=True)
class ObjectReader:
    """A JSON object as it comes, to its closing brace."""

    depth: int = 0
    quoted: bool = False
    escaped: bool = False
    over: bool = False

    def feed(self, text: str) -> str:
        for at, letter in enumerate(text):
            self._letter(letter)
            if self.over:
                return text[: at + 1]
        return text

    def _letter(self, letter: str) -> None:
        if self.quoted:
            self.quoted = self.escaped or letter != '"'
            self.escaped = not self.escaped and letter == "\\"
        elif letter == '"':
            self.quoted = True
        elif letter in "{[":
            self.depth += 1
        elif letter in "}]":
            self.depth -= 1
            self.over = self.depth == 0


@dataclass(slots=True)
class _Voice:
    """One choice of a stream."""

    box: Toolbox
    new_id: NewId
    held: str = ""
    words: WordsReader | None = None
    arguments: ObjectReader | None = None
    called: bool = False

    def feed(self, text: str) -> Iterator[JsonObject]:
        """Deltas."""
        if self.words is None and self.arguments is None:
            text = self._decide(text)
            if self.called:
                yield {"tool_calls": [{"index": 0, **call(self._name, "", self.new_id)}]}
        if self.words is not None:
            if said := self.words.feed(text):
                yield {"content": said}
        elif self.arguments is not None and not self.arguments.over:
            part: JsonObject = {"arguments": self.arguments.feed(text)}
            yield {"tool_calls": [{"index": 0, "function": part}]}

    def end(self) -> Iterator[JsonObject]:
        """What was held, read as a whole. Raises UpstreamFailed."""
        if self.words is not None or self.arguments is not None:
            return
        match read(self.held, self.box):
            case Words(text):
                yield {"content": text}
            case Calls(calls):
                self.called = True
                made = [
                    {"index": at, **call(str(one["tool"]), spelled(one["arguments"]), self.new_id)}
                    for at, one in enumerate(calls)
                ]
                yield {"tool_calls": made}

    @property
    def _name(self) -> str:
        found = _CALL.match(self.held)
        return msgspec.json.decode(found[1], type=str) if found else ""

    def _decide(self, text: str) -> str:
        """What of the text belongs to the words, or the arguments; empty while nothing is known."""
        self.held += text
        if len(self.held) > _LONGEST:
            raise malformed("Its answer with tools does not end")
        if len(self.held) - len(text) > _HEAD:
            return ""
        if found := _WORDS.match(self.held):
            self.words = WordsReader()
            return self.held[found.end() :]
        found = _CALL.match(self.held)
        if found and self._name in self.box.names:
            self.arguments, self.called = ObjectReader(), True
            return self.held[found.end() :]
        return ""


@dataclass(slots=True)
class ToolStream:
    """Chunks of the model in, chunks with calls out."""

    box: Toolbox
    new_id: NewId
    _voices: dict[int, _Voice] = field(default_factory=dict[int, _Voice])

    def feed(self, chunk: JsonObject) -> list[dict[str, Json]]:
        """Raises UpstreamFailed where a tool had to be called and none was."""
        choices = chunk.get("choices")
        if not choices or not isinstance(choices, list):
            return [dict(chunk)]
        return [
            {**chunk, "choices": [told]}
            for one in choices
            if isinstance(one, Mapping)
            for told in self._choice(one)
        ]

    def _choice(self, choice: JsonObject) -> Iterator[JsonObject]:
        at = choice.get("index")
        voice = self._voices.setdefault(
            at if isinstance(at, int) else 0, _Voice(self.box, self.new_id)
        )
        given = choice.get("delta")
        delta: JsonObject = given if isinstance(given, Mapping) else {}
        open_ = {**choice, "finish_reason": None}
        others = {name: value for name, value in delta.items() if name != "content"}
        if others:
            yield {**open_, "delta": others}
        for said in voice.feed(plain(delta.get("content"))):
            yield {**open_, "delta": said}
        reason = choice.get("finish_reason")
        if reason is None:
            return
        if reason == "stop":
            for said in voice.end():
                yield {**open_, "delta": said}
            reason = "tool_calls" if voice.called else reason
        elif voice.words is None and voice.arguments is None and voice.held:
            yield {**open_, "delta": {"content": voice.held}}
        yield {**choice, "delta": {}, "finish_reason": reason}
