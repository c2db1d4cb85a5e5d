"""What a wire format must be able to do, towards a provider and towards a caller.

Between any two formats stands one shape: a *chat*, which is OpenAI's chat completion (request,
completion, chunk) with the fields below besides. A format that is spoken on both sides is never
translated: its bytes pass through, and a `Relay` reads along.

Beyond OpenAI's own fields a chat knows:

    message.reasoning_content       the model's reasoning as text (as DeepSeek and vLLM name it)
    message.reasoning_details       its parts, in order, to be handed back as they came: type
                                    `reasoning.text` (text, signature), `reasoning.summary`
                                    (summary) or `reasoning.encrypted` (data); as OpenRouter does.
                                    Pieces of one part have one index in a stream; `secrets` says
                                    whose secret a signature or data is
    message.is_error                of a tool's result: the tool failed
    part.cache_control              Anthropic's marker of what to cache, on any content part or tool
    part {"type": "file"}           a document: file.file_data (data: URL), file.file_url or
                                    file.file_id, file.filename
    usage.prompt_tokens_details.cache_write_tokens
                                    input tokens that were written to a cache
    choice.native_finish_reason     the provider's own word where OpenAI has none
    request.top_k, request.thinking as Anthropic has them

What an UpstreamFailed of a format says is half a sentence: `refusals.told_of` completes it with
the provider's name and takes its key out.

`delta` of a chunk has the same fields as `message`. All functions are pure and take nothing apart
that they do not own: they make new objects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from msgspec import Struct

from podium.gateway.models import Model, Usage
from podium.kernel.errors import PodiumError
from podium.kernel.json import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Sent:
    """A request in a provider's words. `path` is appended to the base URL of its endpoint."""

    path: str
    body: dict[str, Json]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class ChunkReader(Protocol):
    """One stream of a provider, read: bytes in (cut anywhere), chunks of a chat out."""

    def feed(self, piece: bytes) -> Sequence[dict[str, Json]]:
        """Raises UpstreamFailed: an error inside the stream, or bytes that are no such stream."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the answer is complete if the stream ends here."""
        ...


class ProviderFormat(Protocol):
    """Towards a provider: a chat in its words, and its words as a chat.

    Raises Invalid, with a pointer into the chat, for what the format cannot say; raises
    UpstreamFailed (outcome `malformed`) for answers that are not in the format.
    """

    def chat(self, chat: JsonObject, model: Model) -> Sent:
        """`chat["stream"]` says whether a stream is asked for; usage is asked for always."""
        ...

    def completion(self, body: JsonObject) -> dict[str, Json]: ...

    def reader(self) -> ChunkReader: ...

    def embeddings(self, request: JsonObject, model: Model) -> Sent: ...

    def embedded(self, body: JsonObject, request: JsonObject) -> dict[str, Json]:
        """As OpenAI's list of embeddings, base64 where the request wants it."""
        ...


class Noted(Struct, frozen=True):
    """What an answer says about itself."""

    usage: Usage | None = None
    model: str = ""
    finish_reasons: tuple[str, ...] = ()


class Relay(Protocol):
    """One stream in the caller's own format: the bytes go on, and what they say is noted.

    Cheap: it looks for a few words in each piece and parses only events that have them.
    """

    def feed(self, piece: bytes) -> bytes:
        """What goes on to the caller. Raises UpstreamFailed for an error inside the stream."""
        ...

    def end(self) -> bytes:
        """What the caller is still owed where the upstream's stream ended and `finished` is so."""
        ...

    @property
    def noted(self) -> Noted: ...

    @property
    def chunks(self) -> int:
        """Events with output so far: an estimate of the tokens where none are reported."""
        ...

    @property
    def finished(self) -> bool: ...


class EventWriter(Protocol):
    """One stream towards a caller: chunks of a chat in, bytes in the caller's format out."""

    def chunk(self, chunk: JsonObject) -> bytes:
        """May be empty."""
        ...

    def end(self) -> bytes: ...

    def error(self, error: PodiumError) -> bytes:
        """The terminal event of a stream that broke off."""
        ...


class CallerFormat(Protocol):
    """Towards a caller: its words as a chat, and a chat in its words."""

    def chat(self, request: JsonObject) -> dict[str, Json]:
        """Raises Invalid with a pointer into the request."""
        ...

    def answer(self, completion: JsonObject, request: JsonObject) -> dict[str, Json]: ...

    def writer(self, request: JsonObject) -> EventWriter: ...

    def note(self, body: bytes) -> Noted:
        """What a whole answer in this format says. Raises UpstreamFailed where it is none."""
        ...

    def relay(self, request: JsonObject) -> Relay: ...

    def error(self, error: PodiumError) -> dict[str, Json]:
        """The body of a refused request."""
        ...
