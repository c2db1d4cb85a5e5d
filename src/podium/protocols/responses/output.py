"""Items of an answer's output, and the response around them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.secrets import towards_responses
from podium.protocols.shapes import items, objects, text

_ECHOED: Final = (
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "text",
    "top_logprobs",
    "truncation",
    "user",
)
_TOOL: Final[JsonObject] = {"strict": None, "parameters": None}


class Names:
    """Ids of one answer: those of its items are made from its own."""

    def __init__(self, told: JsonObject) -> None:
        id_ = text(told, "id") or "podium"
        self._stem: str = id_.removeprefix("chatcmpl-").removeprefix("msg_")
        self.response: str = id_ if id_.startswith("resp_") else f"resp_{self._stem}"

    def of(self, prefix: str, number: int) -> str:
        return f"{prefix}_{self._stem}_{number}"


def around(request: JsonObject) -> dict[str, Json]:
    """What a response repeats of its request. Raises Misshapen."""
    echoed = {key: request[key] for key in _ECHOED if request.get(key) is not None}
    tools: list[Json] = [{**_TOOL, **tool} for _, tool in objects(request, "tools")]
    return {
        "object": "response",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": request.get("parallel_tool_calls") is not False,
        "previous_response_id": None,
        "store": False,
        "temperature": _number(request, "temperature"),
        "text": {"format": {"type": "text"}},
        "tool_choice": request.get("tool_choice") or "auto",
        "tools": tools,
        "top_p": _number(request, "top_p"),
        "truncation": "disabled",
        **echoed,
    }


def _number(request: JsonObject, key: str) -> Json:
    value = request.get(key)
    return value if isinstance(value, int | float) else 1.0


def message(id_: str, parts: Sequence[Json], status: str) -> dict[str, Json]:
    return {"id": id_, "type": "message", "role": "assistant", "status": status, "content": parts}


def spoken(said: str, logprobs: Json = None) -> dict[str, Json]:
    return {
        "type": "output_text",
        "text": said,
        "annotations": [],
        "logprobs": list(_probabilities(logprobs)),
    }


def refused(said: str) -> dict[str, Json]:
    return {"type": "refusal", "refusal": said}


def call(id_: str, told: JsonObject, status: str) -> dict[str, Json]:
    """`told` has call_id, name and arguments."""
    return {"id": id_, "type": "function_call", "status": status, **told}


def reasoning(id_: str, summary: str, secret: str) -> dict[str, Json]:
    told: dict[str, Json] = {
        "id": id_,
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": summary}] if summary else [],
    }
    return {**told, "encrypted_content": towards_responses(secret)} if secret else told


def _probabilities(logprobs: Json) -> Iterator[Json]:
    """Of a choice: `bytes` may be null there, and may not here."""
    if not isinstance(logprobs, Mapping):
        return
    for one in items(logprobs, "content"):
        if isinstance(one, Mapping):
            top: list[Json] = [_token(each) for _, each in objects(one, "top_logprobs")]
            yield {**_token(one), "top_logprobs": top}


def _token(one: JsonObject) -> dict[str, Json]:
    return {
        "token": one.get("token") or "",
        "logprob": one.get("logprob") or 0,
        "bytes": one.get("bytes") or [],
    }
