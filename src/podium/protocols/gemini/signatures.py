"""What Gemini wants to see again of its own thoughts.

A signature belongs to a part: to a call of a function, or to a text. A call carries its own as
Google's OpenAI-compatible API has it (`extra_content.google.thought_signature`). Besides, every one
is a detail of the reasoning, which callers of any protocol hand back: it begins with a mark, so
that it is neither sent to another provider's model as its own nor taken for one of Gemini's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import objects, part, text

MARK: Final = "gemini:"
FORMAT: Final = "google-gemini-v1"
UNSIGNED: Final = "skip_thought_signature_validator"
"""Google's word for calls that another model made: Gemini 3 refuses calls without a signature."""
_OLDER: Final = ("gemini-1", "gemini-2", "gemma", "learnlm")


@dataclass(slots=True)
class Signed:
    """The signatures that a message hands back."""

    thoughts: list[Json] = field(default_factory=list[Json])
    """Parts with thoughts that are signed themselves."""
    by_call: dict[str, str] = field(default_factory=dict[str, str])
    rest: list[str] = field(default_factory=list[str])

    def for_call(self, call_id: str) -> str:
        return self.by_call.pop(call_id, "") or self.for_next()

    def for_next(self) -> str:
        return self.rest.pop(0) if self.rest else ""


def signed(message: JsonObject, at: str) -> Signed:
    """Raises Misshapen."""
    found = Signed()
    for place, detail in objects(message, "reasoning_details", at):
        if detail.get("type") == "reasoning.text":
            own = _own(text(detail, "signature", place))
            if own:
                thought = text(detail, "text", place)
                found.thoughts.append({"text": thought, "thought": True, "thoughtSignature": own})
        elif detail.get("type") == "reasoning.encrypted":
            own, call = _own(text(detail, "data", place)), text(detail, "id", place)
            if own and call:
                found.by_call[call] = own
            elif own:
                found.rest.append(own)
    return found


def _own(signature: str) -> str:
    return signature.removeprefix(MARK) if signature.startswith(MARK) else ""


def of_call(call: JsonObject, at: str) -> str:
    """The signature that a tool call carries itself."""
    extra = part(call, "extra_content", at)
    google = part(extra, "google", f"{at}/extra_content")
    return text(google, "thought_signature", f"{at}/extra_content/google")


def wants_signatures(model: str) -> bool:
    return not model.rpartition("/")[2].startswith(_OLDER)


def thought(said: str, signature: str) -> dict[str, Json]:
    detail: dict[str, Json] = {"type": "reasoning.text", "text": said, "format": FORMAT}
    return {**detail, "signature": f"{MARK}{signature}"} if signature else detail


def encrypted(signature: str, call_id: str = "") -> dict[str, Json]:
    detail: dict[str, Json] = {"type": "reasoning.encrypted", "data": f"{MARK}{signature}"}
    return {**detail, "format": FORMAT, **({"id": call_id} if call_id else {})}


@dataclass(slots=True)
class Numbers:
    """Details of a stream: pieces of one thought have one index, so that they can be joined."""

    last: int = -1
    _open: bool = False

    def numbered(self, details: Sequence[dict[str, Json]]) -> list[Json]:
        return [{**detail, "index": self._of(detail)} for detail in details]

    def _of(self, detail: JsonObject) -> int:
        thinks = detail.get("type") == "reasoning.text"
        self.last += not (thinks and self._open)
        self._open = thinks and "signature" not in detail
        return self.last
