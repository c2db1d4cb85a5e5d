"""What is known of a call before it is sent. What takes time to find out is found out on demand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from podium.gateway.models import Capability
from podium.gateway.requests import Request
from podium.kernel.json import Json, JsonObject

TEXT_LIMIT: Final = 8_000
"""Characters that are looked at: the first half and the last half of what is longer."""
_PARTS: Final = 2_000
"""Values that are looked at, so that a request of a million empty parts costs no more."""
_IMAGES: Final = frozenset({"image_url", "input_image", "image"})
_NONE: JsonObject = {}


class Question(Struct, frozen=True):
    """A request with who asks and where it may go.

    `region` is where it must stay and `data_class` what it holds, several with commas between them;
    empty where nothing is said.
    """

    request: Request
    workspace: str = ""
    user: str = ""
    key: str = ""
    region: str = ""
    data_class: str = ""

    @property
    def session(self) -> str:
        return self.request.session

    @property
    def tags(self) -> Mapping[str, str]:
        return self.request.tags

    @property
    def stream(self) -> bool:
        return self.request.stream

    def size(self) -> int:
        """Input tokens, about: four bytes each, pictures not counted where the body is not kept."""
        return size_of(self.request)

    def most_tokens(self) -> int:
        """The longest answer that is asked for; 0 where nothing is said."""
        return most_tokens(self.request.fields)

    def needs(self) -> frozenset[Capability]:
        """What a model should be able to do for it, beside the operation itself."""
        fields = self.request.fields
        found: set[Capability] = set()
        if fields.get("tools"):
            found.add(Capability.TOOLS)
        if _wants_schema(fields):
            found.add(Capability.JSON_SCHEMA)
        if _has_picture(fields):
            found.add(Capability.VISION)
        return frozenset(found)

    def text(self) -> str:
        """What was asked last, at most TEXT_LIMIT characters: its beginning and its end."""
        return _cut("\n".join(_asked_last(self.request.fields)))


def asked(request: Request, *, workspace: str, user: str, key: str = "") -> Question:
    """The tags `region` and `data_class` of a request say where it may go: they only narrow."""
    tags = request.tags
    return Question(
        request,
        workspace,
        user,
        key,
        region=tags.get("region", ""),
        data_class=tags.get("data_class", ""),
    )


def size_of(request: Request) -> int:
    """As `Question.size`."""
    if request.body:
        return len(request.body) // 4 + 1
    return sum(len(text) for text in _texts(request.fields)) // 4 + 1


def most_tokens(fields: JsonObject) -> int:
    """As `Question.most_tokens`."""
    for name in ("max_completion_tokens", "max_output_tokens", "max_tokens"):
        value = fields.get(name)
        if type(value) is int and value > 0:
            return value
    return 0


def _conversation(fields: JsonObject) -> Json:
    return fields.get("messages", fields.get("input", fields.get("prompt")))


def _asked_last(fields: JsonObject) -> Iterator[str]:
    """The texts of the last message of the user, each cut to what is looked at."""
    asked = _conversation(fields)
    if isinstance(asked, list | tuple):
        last = next((m for m in reversed(asked[-_PARTS:]) if _is_users(m)), None)
        asked = asked[-1] if last is None and asked else last
    return map(_cut, _strings(asked))


def _cut(text: str) -> str:
    half = TEXT_LIMIT // 2
    return text if len(text) <= TEXT_LIMIT else f"{text[:half]}\n{text[-half:]}"


def _is_users(message: Json) -> bool:
    return isinstance(message, Mapping) and message.get("role") == "user"


def _texts(fields: JsonObject) -> Iterator[str]:
    for name in ("system", "instructions", "messages", "input", "prompt"):
        yield from _strings(fields.get(name))


def _strings(value: Json) -> Iterator[str]:
    """Texts of messages and their parts, in order, without names of roles and inlined files."""
    stack, seen = [value], 0
    while stack and seen < _PARTS:
        seen += 1
        match stack.pop():
            case str() as text:
                if text and not text.startswith("data:"):
                    yield text
            case Mapping() as part:
                stack.extend(part[key] for key in ("text", "content") if key in part)
            case list() | tuple() as parts:
                stack.extend(reversed(parts[:_PARTS]))
            case _:
                pass


def _wants_schema(fields: JsonObject) -> bool:
    for place in (fields.get("response_format"), _part(fields, "text").get("format")):
        if isinstance(place, Mapping) and place.get("type") == "json_schema":
            return True
    return False


def _has_picture(fields: JsonObject) -> bool:
    messages = _conversation(fields)
    if not isinstance(messages, list | tuple):
        return False
    return any(_shows(message) for message in messages[-_PARTS:])


def _shows(message: Json) -> bool:
    content = message.get("content") if isinstance(message, Mapping) else None
    if not isinstance(content, Sequence) or isinstance(content, str):
        return False
    return any(isinstance(p, Mapping) and p.get("type") in _IMAGES for p in content[:_PARTS])


def _part(fields: JsonObject, key: str) -> JsonObject:
    value = fields.get(key)
    return value if isinstance(value, Mapping) else _NONE
