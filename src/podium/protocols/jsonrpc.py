"""JSON-RPC 2.0 as MCP and A2A use it: one request, one response, in bounded memory.

Everything that comes back is hostile until it is shown to answer what was asked.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

import msgspec

from podium.adapters.http.errors import TooLarge
from podium.kernel.errors import Unavailable
from podium.kernel.json import Json, JsonObject
from podium.protocols.bodies import json_object
from podium.workflows.calls.callee import CalleeFailed

METHOD_NOT_FOUND: Final = -32601
INVALID_REQUEST: Final = -32600
_EXCERPT: Final = 1000


class Malformed(Unavailable):
    """What came back does not follow the protocol."""

    code: ClassVar[str] = "malformed_answer"


class Budget:
    """The bytes that the answers of one call may have in all."""

    def __init__(self, max_bytes: int) -> None:
        self._most: int = max_bytes
        self.left: int = max_bytes

    def take(self, size: int) -> None:
        """Raises TooLarge."""
        self.left -= size
        if self.left < 0:
            raise TooLarge(
                f"What came back in this call is larger than {self._most:,} bytes. "
                "Ask for less, or raise http.max_response_bytes in podium.yaml."
            )


def request(number: int, method: str, parameters: JsonObject) -> JsonObject:
    asked: JsonObject = {"jsonrpc": "2.0", "id": number, "method": method}
    return {**asked, "params": parameters} if parameters else asked


def notification(method: str) -> JsonObject:
    return {"jsonrpc": "2.0", "method": method}


def reply(asked: JsonObject) -> JsonObject:
    """To a request of the other side: a ping is answered, the rest is not for a workflow."""
    answer: JsonObject = {"jsonrpc": "2.0", "id": asked.get("id")}
    if asked.get("method") == "ping":
        return {**answer, "result": {}}
    said = f"A workflow does not answer {str(asked.get('method'))[:60]!r}."
    return {**answer, "error": {"code": METHOD_NOT_FOUND, "message": said}}


def encoded(message: JsonObject) -> bytes:
    return msgspec.json.encode(message)


def parsed(text: bytes | str, who: str) -> JsonObject:
    """Raises Malformed for what is no JSON object."""
    message = json_object(text)
    if message is None:
        raise Malformed(f"'{who}' answers with what is no JSON object.")
    return message


def is_request(message: JsonObject) -> bool:
    """Asked by the other side, which waits for an answer."""
    return "method" in message and message.get("id") is not None


def is_response(message: JsonObject) -> bool:
    return "method" not in message and ("result" in message or "error" in message)


def result(message: JsonObject, number: int, who: str) -> Json:
    """What a response says. Raises CalleeFailed for an error, Malformed for what is none, or is
    one to another request.
    """
    failure = message.get("error")
    if isinstance(failure, Mapping):
        if message.get("id") not in {None, number}:
            raise _stranger(message, number, who)
        raise failed(failure, who)
    if "result" not in message:
        raise Malformed(f"'{who}' answers with neither a result nor an error.")
    answered = message.get("id")
    if isinstance(answered, bool) or answered != number:
        raise _stranger(message, number, who)
    return message["result"]


def failed(failure: JsonObject, who: str) -> CalleeFailed:
    """An error object of JSON-RPC; the text is cut, and may be anything."""
    number, said = failure.get("code"), str(failure.get("message") or "no reason given")[:_EXCERPT]
    code = number if isinstance(number, int) and not isinstance(number, bool) else 0
    message = f"'{who}' answers with error {code}: {said}"
    return CalleeFailed(message, number=code, data=failure.get("data"))


def _stranger(message: JsonObject, number: int, who: str) -> Malformed:
    got = str(message.get("id"))[:60]
    return Malformed(f"'{who}' answers request {number} as if it were {got!r}.")
