"""A2A over JSON-RPC: a POST for each request; the answer is one object or a stream of events.

Source: A2A 0.3.0, 3.2.1 and 7; 1.0.0, "JSON-RPC Protocol Binding".
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from podium.adapters.http.exchange import HttpStream
from podium.kernel.errors import Unavailable
from podium.kernel.json import Json, JsonObject
from podium.protocols import jsonrpc
from podium.protocols.callees import Callee, Callees, HttpRefusal, is_events, is_json, media_type
from podium.protocols.jsonrpc import Budget
from podium.workflows.calls.a2a import Agent
from podium.workflows.calls.a2a_cards import V1
from podium.workflows.calls.callee import Allowance, Endpoint

_ABSENT: Final = frozenset({404, 405, 410})
_SILENT: Final = frozenset(
    {"tasks/pushNotificationConfig/delete", "DeleteTaskPushNotificationConfig"}
)
_NUMBER: Final = 1


@dataclass(frozen=True, slots=True)
class StreamedAnswers:
    streamed: bool
    results: AsyncGenerator[Json]


class A2aVisits:
    """The port A2aAgents."""

    def __init__(self, callees: Callees) -> None:
        self._callees: Callees = callees

    def visit(self, allowance: Allowance) -> "A2aVisit":
        return A2aVisit(self._callees, allowance)


class A2aVisit:
    """The port of the same name: one call's requests, in one budget of bytes."""

    def __init__(self, callees: Callees, allowance: Allowance) -> None:
        self._callees: Callees = callees
        self._allowance: Allowance = allowance
        self._budget: Budget = Budget(allowance.max_bytes)

    async def card(self, endpoint: Endpoint) -> JsonObject | None:
        """None for an address with nothing, or with something else than JSON."""
        callee = self._callee(endpoint)
        try:
            async with callee.opened("GET", {"Accept": "application/json"}) as stream:
                body = await callee.whole(stream)
                readable = is_json(stream) or not media_type(stream)
        except HttpRefusal as refusal:
            if refusal.status in _ABSENT:
                return None
            raise
        return jsonrpc.parsed(body, callee.who) if readable else None

    async def ask(self, agent: Agent, method: str, given: JsonObject) -> Json:
        callee = self._callee(agent.endpoint)
        headers = {**_headers(agent), "Accept": "application/json"}
        body = jsonrpc.encoded(jsonrpc.request(_NUMBER, method, given))
        async with callee.opened("POST", headers, body=body) as stream:
            return await _single(callee, stream, silent=method in _SILENT)

    @asynccontextmanager
    async def listen(
        self, agent: Agent, method: str, given: JsonObject
    ) -> AsyncGenerator[StreamedAnswers]:
        callee = self._callee(agent.endpoint)
        headers = {**_headers(agent), "Accept": "text/event-stream, application/json;q=0.5"}
        body = jsonrpc.encoded(jsonrpc.request(_NUMBER, method, given))
        async with callee.opened("POST", headers, body=body) as stream:
            streamed = is_events(stream)
            results = _results(callee, stream) if streamed else _one(callee, stream)
            async with aclosing(results):
                yield StreamedAnswers(streamed, results)

    def _callee(self, endpoint: Endpoint) -> Callee:
        seconds = self._allowance.seconds
        return Callee(self._callees, endpoint, budget=self._budget, seconds=seconds)


async def _single(callee: Callee, stream: HttpStream, *, silent: bool = False) -> Json:
    """A method that is `silent` has nothing to answer, and some agents leave the result out."""
    if not is_json(stream):
        kind = media_type(stream)[:60] or "nothing that says what it is"
        raise HttpRefusal(f"'{callee.who}' answers with {kind} instead of JSON.", stream.status)
    message = jsonrpc.parsed(await callee.whole(stream), callee.who)
    if silent and "error" not in message:
        message = {"result": None, **message}
    return jsonrpc.result(message, _NUMBER, callee.who)


async def _one(callee: Callee, stream: HttpStream) -> AsyncGenerator[Json]:
    yield await _single(callee, stream)


async def _results(callee: Callee, stream: HttpStream) -> AsyncGenerator[Json]:
    begun = False
    async with aclosing(callee.events(stream, callee.reader())) as events:
        async for event in events:
            begun = True
            yield jsonrpc.result(jsonrpc.parsed(event.data, callee.who), _NUMBER, callee.who)
    if not begun:
        raise Unavailable(f"'{callee.who}' ended its stream without an answer.")


def _headers(agent: Agent) -> Mapping[str, str]:
    """An agent of 0.3 takes a request without a version for its own."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": agent.key}
    return {**headers, "A2A-Version": V1} if agent.version == V1 else headers
