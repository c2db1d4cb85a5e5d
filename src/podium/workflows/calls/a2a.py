"""`call: a2a`: what is asked of an agent, and what its answer is in a workflow.

The output is the JSON-RPC result in the words of A2A 0.3, whichever version the agent speaks: a
message or a task, for lists an array, and for streams an array of all their results. A task is
handed over in whatever state it is in; an error of JSON-RPC is a fault of the type `runtime`.
"""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from podium.kernel.errors import Invalid, LimitReached, Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls import a2a_words as words
from podium.workflows.calls.a2a_asking import asked_in_0_3, asked_in_1_0, in_document
from podium.workflows.calls.a2a_cards import V0, V1, Interface, interface, is_card, places
from podium.workflows.calls.callee import (
    Allowance,
    CalleeFailed,
    Endpoint,
    endpoint,
    filled_in,
    parameters,
    within,
)
from podium.workflows.calls.uris import origin, shown
from podium.workflows.functions import Call

STREAMS: Final = frozenset({"message/stream", "tasks/resubscribe"})
SENDS: Final = frozenset({"message/send", "message/stream"})
_LISTS: Final[Mapping[str, str]] = {
    "tasks/list": "tasks",
    "tasks/pushNotificationConfig/list": "configs",
}
_MOST_PAGES: Final = 100
_KEYS: Final = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""RFC 9562's namespace of URLs: a key is as good as one."""
_SPEAKS_OTHER: Final = frozenset({-32600, -32601, -32009})
"""How agents answer a method of a version that they do not speak."""


@dataclass(frozen=True, slots=True)
class Agent:
    """`part` is as in Interface; `key` makes a request that is repeated the same request."""

    endpoint: Endpoint
    version: str
    part: str
    key: str


class Answers(Protocol):
    """`streamed` is false where the agent answered a stream's method with one response."""

    @property
    def streamed(self) -> bool: ...
    @property
    def results(self) -> AsyncIterator[Json]: ...


class A2aVisit(Protocol):
    """Everything that one call asks, within its allowance."""

    async def card(self, endpoint: Endpoint) -> JsonObject | None:
        """None where nothing is there. Raises Unavailable, LimitReached, Refused."""
        ...

    async def ask(self, agent: Agent, method: str, given: JsonObject) -> Json:
        """Raises CalleeFailed for an error of JSON-RPC, Unavailable, LimitReached."""
        ...

    def listen(
        self, agent: Agent, method: str, given: JsonObject
    ) -> AbstractAsyncContextManager[Answers]:
        """Raises as `ask` does, also while the results are read."""
        ...


class A2aAgents(Protocol):
    def visit(self, allowance: Allowance) -> A2aVisit: ...


class A2aCall:
    def __init__(self, agents: A2aAgents, *, max_bytes: int) -> None:
        self._agents: A2aAgents = agents
        self._max_bytes: int = max_bytes

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Raises what the ports raise, TimedOut, and Invalid for arguments that ask nothing."""
        method = str(arguments.get("method"))
        given = parameters(arguments.get("parameters"), method)
        if method in SENDS:
            given = _with_message(given, method, call.key)
        visit = self._agents.visit(Allowance(call.deadline, self._max_bytes))
        with within(call.deadline, f"The A2A call {method}"):
            agent = await _agent(visit, arguments, call)
            if agent.version:
                call.notes.append(f"A2A {agent.version} with {shown(agent.endpoint.uri)}")
                return await _Asking(visit, agent).output(method, given)
            return await _with_either(visit, agent, method, given=given)


async def _with_either(visit: A2aVisit, agent: Agent, method: str, *, given: JsonObject) -> Json:
    """A server without a card does not say which version it speaks until it is asked."""
    try:
        return await _Asking(visit, _speaking(agent, V1)).output(method, given)
    except CalleeFailed as failed:
        if failed.number not in _SPEAKS_OTHER:
            raise
        try:
            return await _Asking(visit, _speaking(agent, V0)).output(method, given)
        except CalleeFailed as again:
            raise (failed if again.number in _SPEAKS_OTHER else again) from again


@dataclass(frozen=True, slots=True)
class _Asking:
    visit: A2aVisit
    agent: Agent

    async def output(self, method: str, given: JsonObject) -> Json:
        if method in STREAMS:
            return await self._stream(method, given)
        if method in _LISTS:
            return await self._list(method, given)
        return self._read(method, await self.visit.ask(self.agent, *self._said(method, given)))

    async def _stream(self, method: str, given: JsonObject) -> Json:
        """Until the agent says that nothing more comes, or its stream ends."""
        found: list[Json] = []
        async with self.visit.listen(self.agent, *self._said(method, given)) as answers:
            async for result in answers.results:
                read = self._read(method, result)
                if not answers.streamed:
                    return read
                found.append(read)
                if _is_last(read):
                    break
        return found

    async def _list(self, method: str, given: JsonObject) -> Json:
        """All pages as one array."""
        member, items, seen = _LISTS[method], list[Json](), set[str]()
        for _ in range(_MOST_PAGES):
            result = await self.visit.ask(self.agent, *self._said(method, given))
            page = result.get(member, []) if isinstance(result, Mapping) else result
            if not isinstance(page, Sequence) or isinstance(page, str):
                raise Unavailable(f"The agent answers {method} without an array '{member}'.")
            items.extend(self._read(method, each) for each in page)
            token = result.get("nextPageToken") if isinstance(result, Mapping) else None
            if not isinstance(token, str) or not token:
                return items
            if token in seen:
                raise Unavailable(f"The agent leads {method} in a circle: a token came twice.")
            seen.add(token)
            given = {**given, "pageToken": token}
        raise LimitReached(f"The agent has more than {_MOST_PAGES} pages for {method}.")

    def _said(self, method: str, given: JsonObject) -> tuple[str, JsonObject]:
        """Method and parameters in the words of the agent."""
        if self.agent.version == V0:
            return method, asked_in_0_3(method, given)
        whose: JsonObject = {"tenant": self.agent.part} if self.agent.part else {}
        return words.METHODS[method], {**whose, **asked_in_1_0(method, given)}

    def _read(self, method: str, result: Json) -> Json:
        """Raises Unavailable for what an agent of this version cannot have meant."""
        if self.agent.version == V0:
            return result
        try:
            return in_document(method, result)
        except Invalid as bad:
            said = f"The agent answers {method} with what is no A2A {V1}"
            raise Unavailable(f"{said}: {bad.message}") from bad


def _with_message(given: JsonObject, method: str, key: str) -> JsonObject:
    """With a role and an id for the message. The id comes from the call's key, so that a call
    that is repeated after a crash sends the same message again.
    """
    message = given.get("message")
    if not isinstance(message, Mapping):
        raise Invalid(f"{method} needs `with.parameters.message`. Give it a message with `parts`.")
    made = {"messageId": str(uuid.uuid5(_KEYS, key)), **message}
    return {**given, "message": words.message_to_0_3(made)}


async def _agent(visit: A2aVisit, arguments: JsonObject, call: Call) -> Agent:
    """Of the card, or where there is none of the server; its version is empty then."""
    card = arguments.get("agentCard")
    if card is None:
        server = arguments.get("server")
        if server is None:
            raise Invalid("The call names no agent. Write `agentCard` or `server` under `with`.")
        where = filled_in(endpoint(server, "The server of an agent"), call.input)
        return Agent(where, "", "", call.key)
    given = card.get("endpoint") if isinstance(card, Mapping) else card
    where = filled_in(endpoint(given, "The endpoint of an agent card"), call.input)
    found, place = await _card(visit, where)
    return _of_card(where, interface(found, place), call.key)


async def _card(visit: A2aVisit, where: Endpoint) -> tuple[JsonObject, str]:
    tried = places(where.uri)
    for place in tried:
        found = await visit.card(Endpoint(place, where.authentication))
        if found is not None and is_card(found):
            return found, place
    raise Unavailable(f"There is no agent card at {' or '.join(map(shown, tried))}.")


def _of_card(where: Endpoint, found: Interface, key: str) -> Agent:
    """The credentials for the card are shown to the agent only where it is of the same origin:
    else a card could ask for them in the name of anybody.
    """
    nothing: JsonObject = {}
    same = origin(found.uri) == origin(where.uri)
    shown = where.authentication if same else nothing
    return Agent(Endpoint(found.uri, shown), found.version, found.part, key)


def _speaking(agent: Agent, version: str) -> Agent:
    return Agent(agent.endpoint, version, agent.part, agent.key)


def _is_last(result: Json) -> bool:
    """Nothing of a stream comes after it, whether the agent closes it or not."""
    match result:
        case {"kind": "message"} | {"kind": "status-update", "final": True}:
            return True
        case {"kind": "task", "status": {"state": state}}:
            return state in words.TERMINAL
        case _:
            return False
