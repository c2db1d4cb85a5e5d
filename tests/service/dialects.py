"""What a provider says, in the words of OpenAI and of Anthropic."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Body = dict[str, object]


class Dialect(Protocol):
    def answer(self, model: str, text: str) -> bytes: ...

    def events(self, model: str, words: Sequence[str]) -> list[bytes]:
        """Opening, one event a word, closing."""
        ...

    def error(self, kind: str, said: str) -> Body: ...

    def error_event(self, said: str) -> bytes: ...


def _event(body: object, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(body)}\n\n".encode()


@dataclass(frozen=True, slots=True)
class OpenAI:
    def answer(self, model: str, text: str) -> bytes:
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
        return json.dumps(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1,
                "model": model,
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": usage,
            }
        ).encode()

    def events(self, model: str, words: Sequence[str]) -> list[bytes]:
        def chunk(choices: list[Body], **more: object) -> bytes:
            kind = "chat.completion.chunk"
            named = {"id": "chatcmpl-1", "object": kind, "created": 1, "model": model}
            return _event({**named, "choices": choices, **more})

        usage = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
        return [
            *(
                chunk([{"index": 0, "delta": {"content": word}, "finish_reason": None}])
                for word in words
            ),
            chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}])
            + chunk([], usage=usage)
            + b"data: [DONE]\n\n",
        ]

    def error(self, kind: str, said: str) -> Body:
        return {"error": {"message": said, "type": kind, "code": kind}}

    def error_event(self, said: str) -> bytes:
        return _event(self.error("server_error", said))


@dataclass(frozen=True, slots=True)
class Anthropic:
    def answer(self, model: str, text: str) -> bytes:
        return json.dumps(
            {
                **self._message(model),
                "content": [{"type": "text", "text": text}],
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 5, "output_tokens": 3},
            }
        ).encode()

    def events(self, model: str, words: Sequence[str]) -> list[bytes]:
        usage = {"input_tokens": 5, "output_tokens": 1}
        message = {**self._message(model), "content": [], "stop_reason": None, "usage": usage}
        opening = _event({"type": "message_start", "message": message}, "message_start") + _event(
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "text", "text": ""},
            },
            "content_block_start",
        )
        said = [
            _event(
                {
                    "type": "content_block_delta",
                    "index": 0,
                    "delta": {"type": "text_delta", "text": word},
                },
                "content_block_delta",
            )
            for word in words
        ]
        ending: Body = {"stop_reason": "end_turn", "stop_sequence": None}
        closing = [
            _event({"type": "content_block_stop", "index": 0}, "content_block_stop"),
            _event(
                {"type": "message_delta", "delta": ending, "usage": {"output_tokens": 3}},
                "message_delta",
            ),
            _event({"type": "message_stop"}, "message_stop"),
        ]
        return [opening + said[0], *said[1:], b"".join(closing)]

    def error(self, kind: str, said: str) -> Body:
        return {"type": "error", "error": {"type": kind, "message": said}}

    def error_event(self, said: str) -> bytes:
        return _event(self.error("overloaded_error", said), "error")

    def _message(self, model: str) -> Body:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "stop_sequence": None,
        }


DIALECTS: Mapping[str, Dialect] = {
    "/chat/completions": OpenAI(),
    "/embeddings": OpenAI(),
    "/messages": Anthropic(),
}
"""By the end of the path."""
