"""Gemini's candidates as OpenAI's choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from podium.kernel.json import Json, JsonObject, digest
from podium.protocols.gemini.signatures import encrypted, thought
from podium.protocols.shapes import Misshapen, items, needed, objects, part, text, whole
from podium.protocols.tool_calls import arguments_text

_REASONS: Final = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
}
_SAME: Final = frozenset({"STOP", "MAX_TOKENS"})
_SOURCES: Final = {
    "groundingMetadata": "grounding_metadata",
    "citationMetadata": "citation_metadata",
}
_SHORT: Final = 24


@dataclass(slots=True)
class Told:
    """What the parts of one candidate say, each kind in the order in which it came."""

    text: str = ""
    thoughts: str = ""
    details: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    calls: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    images: list[Json] = field(default_factory=list[Json])


def completion(body: JsonObject) -> dict[str, Json]:
    """Raises Misshapen."""
    answered = text(body, "responseId")
    choices: list[Json] = [
        _choice(candidate, at, number, answered=answered)
        for number, (at, candidate) in enumerate(objects(body, "candidates"))
    ]
    if not choices:
        choices = [blocked(body)]
    made: dict[str, Json] = {
        "id": answered,
        "object": "chat.completion",
        "created": 0,
        "model": text(body, "modelVersion"),
        "choices": choices,
    }
    used = usage(body)
    return {**made, "usage": used} if used else made


def _choice(candidate: JsonObject, at: str, number: int, *, answered: str) -> dict[str, Json]:
    found = told(candidate, at, Naming(answered))
    message: dict[str, Json] = {"role": "assistant", "content": found.text or None}
    message.update(beside(found))
    if found.calls:
        message["tool_calls"] = found.calls
    return {
        "index": index(candidate, at, number),
        "message": message,
        **ending(candidate, at, calls=bool(found.calls)),
        **extras(candidate, at),
    }


def blocked(body: JsonObject) -> dict[str, Json]:
    """An answer without candidates: the prompt was refused. Raises Misshapen where it was not."""
    feedback = part(body, "promptFeedback")
    reason = text(feedback, "blockReason", "/promptFeedback")
    if not reason:
        raise Misshapen("/candidates", "must have a candidate")
    said = text(feedback, "blockReasonMessage", "/promptFeedback")
    refusal = said or f"The prompt was blocked: {reason}."
    return {
        "index": 0,
        "message": {"role": "assistant", "content": None, "refusal": refusal},
        "finish_reason": "content_filter",
        "native_finish_reason": reason,
    }


@dataclass(slots=True)
class Naming:
    """Ids for calls of functions that come without: the same for the same answer."""

    answered: str
    count: int = 0

    def next(self, name: str, arguments: str) -> str:
        self.count += 1
        return f"call_{digest([self.answered, self.count, name, arguments])[:_SHORT]}"


def told(candidate: JsonObject, at: str, naming: Naming) -> Told:
    """Raises Misshapen."""
    found, content = Told(), part(candidate, "content", at)
    for place, each in objects(content, "parts", f"{at}/content"):
        signature = text(each, "thoughtSignature", place)
        if "functionCall" in each:
            call = _call(part(each, "functionCall", place), f"{place}/functionCall", naming)
            if signature:
                call["extra_content"] = {"google": {"thought_signature": signature}}
                found.details.append(encrypted(signature, str(call["id"])))
            found.calls.append(call)
            continue
        said = text(each, "text", place)
        if each.get("thought") is True:
            found.thoughts += said
            found.details.append(thought(said, signature))
            continue
        found.text += said
        if signature:
            found.details.append(encrypted(signature))
        if "inlineData" in each:
            found.images.append(_image(part(each, "inlineData", place), place))
    return found


def _call(call: JsonObject, at: str, naming: Naming) -> dict[str, Json]:
    name, given = needed(call, "name", at), text(call, "id", at)
    asked = arguments_text(part(call, "args", at), f"{at}/args")
    return {
        "id": given or naming.next(name, asked),
        "type": "function",
        "function": {"name": name, "arguments": asked},
    }


def _image(inlined: JsonObject, at: str) -> Json:
    at = f"{at}/inlineData"
    url = f"data:{needed(inlined, 'mimeType', at)};base64,{needed(inlined, 'data', at)}"
    return {"type": "image_url", "image_url": {"url": url}}


def beside(found: Told) -> dict[str, Json]:
    """What a message has beside its text and calls."""
    made: dict[str, Json] = {}
    if found.thoughts:
        made["reasoning_content"] = found.thoughts
    if found.details:
        made["reasoning_details"] = found.details
    if found.images:
        made["images"] = found.images
    return made


def index(candidate: JsonObject, at: str, number: int) -> int:
    given = whole(candidate, "index", at)
    return number if given is None else given


def ending(candidate: JsonObject, at: str, *, calls: bool) -> dict[str, Json]:
    """The reason to finish; None while there is none."""
    reason = text(candidate, "finishReason", at)
    if not reason:
        return {"finish_reason": None}
    told = _REASONS.get(reason, "stop")
    ended: dict[str, Json] = {"finish_reason": "tool_calls" if calls and told == "stop" else told}
    return ended if reason in _SAME else {**ended, "native_finish_reason": reason}


def extras(candidate: JsonObject, at: str) -> dict[str, Json]:
    made: dict[str, Json] = {}
    chosen = part(candidate, "logprobsResult", at)
    if chosen:
        made["logprobs"] = {"content": _logprobs(chosen, f"{at}/logprobsResult"), "refusal": None}
    for key, name in (
        ("groundingMetadata", "grounding_metadata"),
        ("citationMetadata", "citations"),
    ):
        if isinstance(candidate.get(key), Mapping):
            made[name] = candidate[key]
    return made


def _logprobs(result: JsonObject, at: str) -> list[Json]:
    tops = [
        [_logprob(each, place) for place, each in objects(step, "candidates", here)]
        for here, step in objects(result, "topCandidates", at)
    ]
    return [
        {**_logprob(each, place), "top_logprobs": tops[i] if i < len(tops) else []}
        for i, (place, each) in enumerate(objects(result, "chosenCandidates", at))
    ]


def _logprob(each: JsonObject, at: str) -> dict[str, Json]:
    token, chance = text(each, "token", at), each.get("logProbability")
    if not isinstance(chance, int | float):
        raise Misshapen(f"{at}/logProbability", "must be a number")
    return {"token": token, "logprob": chance, "bytes": list(token.encode("utf-8", "replace"))}


def usage(body: JsonObject) -> dict[str, Json]:
    """Empty where none is reported. Thoughts are a part of what was put out, pages that a tool
    read a part of what was put in.
    """
    at, report = "/usageMetadata", part(body, "usageMetadata")
    if not report:
        return {}

    def count(key: str) -> int:
        return max(0, whole(report, key, at) or 0)

    given = count("promptTokenCount") + count("toolUsePromptTokenCount")
    thoughts = count("thoughtsTokenCount")
    put_out = count("candidatesTokenCount") + thoughts
    return {
        "prompt_tokens": given,
        "completion_tokens": put_out,
        "total_tokens": given + put_out,
        "prompt_tokens_details": {
            "cached_tokens": count("cachedContentTokenCount"),
            "audio_tokens": _audio(report, "promptTokensDetails"),
        },
        "completion_tokens_details": {
            "reasoning_tokens": thoughts,
            "audio_tokens": _audio(report, "candidatesTokensDetails"),
        },
    }


def _audio(report: JsonObject, key: str) -> int:
    spoken = (each for each in items(report, key, "/usageMetadata") if isinstance(each, Mapping))
    return sum(
        whole(each, "tokenCount", f"/usageMetadata/{key}") or 0
        for each in spoken
        if each.get("modality") == "AUDIO"
    )
