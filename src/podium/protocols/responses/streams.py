"""Events of Responses as chunks of a chat."""

from collections.abc import Sequence

from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.protocols.event_blocks import Blocks, data_of
from podium.protocols.refusals import broken, malformed
from podium.protocols.responses.completions import details
from podium.protocols.responses.words import chat_usage, finish
from podium.protocols.shapes import Misshapen, needed, objects, part, text, whole

Chunk = dict[str, Json]


class ResponseReader:
    """The port ChunkReader."""

    def __init__(self) -> None:
        self._blocks: Blocks = Blocks()
        self._head: Chunk = {}
        self._calls: dict[int, int] = {}
        """Numbers of calls by the numbers of their items."""
        self._done: bool = False

    @property
    def finished(self) -> bool:
        return self._done

    def feed(self, piece: bytes) -> Sequence[Chunk]:
        chunks: list[Chunk] = []
        for block in self._blocks.feed(piece):
            data = data_of(block)
            if data is None or data == b"[DONE]" or self._done:
                continue
            event = json_object(data)
            if event is None:
                raise malformed("an event of its stream is not a JSON object")
            try:
                chunks.extend(self._event(event))
            except Misshapen as bad:
                raise bad.in_answer() from None
        return chunks

    def _event(self, event: JsonObject) -> Sequence[Chunk]:
        match needed(event, "type"):
            case "response.output_text.delta":
                said = self._chunk({"content": text(event, "delta")})
                if probabilities := [one for _, one in objects(event, "logprobs")]:
                    said["choices"] = [{**_first(said), "logprobs": {"content": probabilities}}]
                return (said,)
            case "response.function_call_arguments.delta":
                return self._arguments(event)
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" as kind:
                return (self._thought(event, kind),)
            case "response.refusal.delta":
                return (self._chunk({"refusal": text(event, "delta")}),)
            case kind:
                return self._frame(kind, event)

    def _frame(self, kind: str, event: JsonObject) -> Sequence[Chunk]:
        match kind:
            case "response.created":
                return self._begin(part(event, "response"))
            case "response.output_item.added":
                return self._added(event)
            case "response.output_item.done":
                return self._item(event)
            case "response.completed" | "response.incomplete":
                return self._end(part(event, "response"))
            case "response.failed" | "response.cancelled":
                raise broken(part(event, "response").get("error"))
            case "error":
                raise broken(event.get("error") or {**event, "type": ""})
            case _:
                return ()

    def _begin(self, response: JsonObject) -> Sequence[Chunk]:
        self._head = {
            "id": text(response, "id", "/response"),
            "object": "chat.completion.chunk",
            "created": whole(response, "created_at", "/response"),
            "model": text(response, "model", "/response"),
        }
        return (self._chunk({"role": "assistant", "content": ""}),)

    def _added(self, event: JsonObject) -> Sequence[Chunk]:
        item = part(event, "item")
        if item.get("type") != "function_call":
            return ()
        number = len(self._calls)
        self._calls[_place(event)] = number
        call: Json = {
            "index": number,
            "id": needed(item, "call_id", "/item"),
            "type": "function",
            "function": {
                "name": needed(item, "name", "/item"),
                "arguments": text(item, "arguments", "/item"),
            },
        }
        return (self._chunk({"tool_calls": [call]}),)

    def _arguments(self, event: JsonObject) -> Sequence[Chunk]:
        number = self._calls.get(_place(event))
        if number is None:
            raise Misshapen("/output_index", "must be that of a call")
        call: Json = {"index": number, "function": {"arguments": text(event, "delta")}}
        return (self._chunk({"tool_calls": [call]}),)

    def _thought(self, event: JsonObject, kind: str) -> Chunk:
        """Pieces of one thought have one index, and a secret has another."""
        said = text(event, "delta")
        key = "summary" if "summary" in kind else "text"
        detail: Json = {
            "type": f"reasoning.{key}",
            key: said,
            "id": text(event, "item_id"),
            "index": 2 * _place(event),
        }
        return self._chunk({"reasoning_content": said, "reasoning_details": [detail]})

    def _item(self, event: JsonObject) -> Sequence[Chunk]:
        """Of reasoning: its secret is told when it has ended."""
        item = part(event, "item")
        if item.get("type") != "reasoning":
            return ()
        secrets: list[Json] = [
            {**detail, "index": 2 * _place(event) + 1}
            for detail in details(item, "/item")
            if detail["type"] == "reasoning.encrypted"
        ]
        return (self._chunk({"reasoning_details": secrets}),) if secrets else ()

    def _end(self, response: JsonObject) -> Sequence[Chunk]:
        self._done = True
        last = self._chunk({}, finish(response, called=bool(self._calls)))
        if usage := chat_usage(part(response, "usage", "/response")):
            last["usage"] = usage
        return (last,)

    def _chunk(self, delta: Json, finish_reason: Json = None) -> Chunk:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**self._head, "choices": [choice]}


def _first(chunk: Chunk) -> JsonObject:
    for _, choice in objects(chunk, "choices"):
        return choice
    return {}


def _place(event: JsonObject) -> int:
    number = whole(event, "output_index")
    if number is None or number < 0:
        raise Misshapen("/output_index", "must be the number of an item")
    return number
