"""A guardrail as a guard: in the shadow it notes what it would have done, enforced it does it.

An enforced guardrail on answers holds a stream until its end, as only the whole can be judged; in
the shadow the stream passes, and is judged when it has ended.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, cast

import anyio
import msgspec
from msgspec.structs import replace

from podium.gateway.guards import Allow, Block, Redact, StreamGuard, Verdict
from podium.gateway.masking.ports import StreamTexts, TextForm
from podium.gateway.models import Noted, Operation
from podium.gateway.requests import Reply, Request
from podium.governance.guardrails import (
    Allowed,
    AskPerson,
    At,
    Blocked,
    Judge,
    Mode,
    Opinion,
    Redacted,
    Rule,
    Seen,
)
from podium.governance.masking.leaves import Leaf, rewritten
from podium.identity.principal import Principal
from podium.kernel.json import Json, JsonObject

SHADOW_SECONDS: Final = 4.0
"""How long a guardrail in the shadow may think: nobody waits longer for what changes nothing."""
_MOST_HELD: Final = 16 * 1024 * 1024
_SAID: Final = ("system", "instructions", "messages", "input", "prompt")
"""Fields with what people say; tools and settings of a call are not judged."""
_JUDGING: ContextVar[bool] = ContextVar("judging", default=False)
"""What a judge asks of models is not judged again."""


class GuardrailGuard:
    """The port Guard."""

    def __init__(self, rule: Rule, judge: Judge, forms: Mapping[str, TextForm]) -> None:
        self._rule: Rule = rule
        self._judge: Judge = judge
        self._forms: Mapping[str, TextForm] = forms

    @property
    def name(self) -> str:
        return self._rule.name

    @property
    def rule(self) -> Rule:
        return self._rule

    async def tried(self, seen: Seen) -> Opinion:
        """What it says, whatever its mode. Raises what the judge raises."""
        return await _judged(self._judge(seen))

    def watcher(
        self, principal: Principal, route: str, request: Request
    ) -> "GuardrailWatcher | None":
        if _JUDGING.get() or not self._rule.concerns(principal.workspace, route):
            return None
        return GuardrailWatcher(self._rule, self._judge, self._forms, principal, request)


@dataclass(slots=True)
class GuardrailWatcher:
    """The port Watcher."""

    rule: Rule
    judge: Judge
    forms: Mapping[str, TextForm]
    principal: Principal
    request: Request
    noted: list[Noted] = field(default_factory=list[Noted])

    @property
    def keeps(self) -> bool:
        """An answer that was not judged is not kept."""
        return At.ANSWER not in self.rule.at or self.rule.mode is Mode.SHADOW

    async def before(self, request: Request) -> Verdict[Request]:
        if At.REQUEST not in self.rule.at:
            return Allow()
        told = {name: request.fields[name] for name in _SAID if name in request.fields}
        texts = _texts(told)
        opinion = await self.opinion(At.REQUEST, texts, _offered(request.fields))
        if isinstance(opinion, Redacted):
            if request.content_type.startswith("multipart/"):
                return Block(f"{opinion.reason} A form cannot be redacted.")
            changed = cast("JsonObject", _with(told, opinion.texts))
            return Redact(replace(request, fields={**request.fields, **changed}, body=b""))
        return _verdict(opinion, Allow())

    async def after(self, reply: Reply) -> Verdict[Reply]:
        if At.ANSWER not in self.rule.at or self.request.operation is not Operation.CHAT:
            return Allow()
        body = cast("Json", msgspec.json.decode(reply.body))
        opinion = await self.opinion(At.ANSWER, _texts(body), _called(body))
        if isinstance(opinion, Redacted):
            new = _with(body, opinion.texts)
            return Redact(replace(reply, body=msgspec.json.encode(new)))
        return _verdict(opinion, Allow())

    def stream(self) -> StreamGuard | None:
        if At.ANSWER not in self.rule.at:
            return None
        form = self.forms[self.request.protocol]
        return _Held(self, lambda filter: form.texts(self.request, filter))

    async def opinion(self, at: At, texts: Sequence[str], tools: Sequence[str]) -> Opinion:
        """What is to be done: nothing in the shadow, whatever the judge says. Notes what it is."""
        question = _texts(self.request.fields.get("messages", self.request.fields.get("input")))
        seen = Seen(at, texts, self.principal, tools, question if at is At.ANSWER else ())
        if self.rule.mode is Mode.ENFORCE:
            opinion = await _judged(self.judge(seen))
            self._note(opinion, at, enforced=True)
            return opinion
        try:
            with anyio.fail_after(SHADOW_SECONDS):
                self._note(await _judged(self.judge(seen)), at, enforced=False)
        except Exception as failed:  # noqa: BLE001 - in the shadow nothing may stop a call
            about = type(failed).__name__
            self.noted.append(Noted(self.rule.name, "failed", about, at, enforced=False))
        return Allowed()

    def _note(self, opinion: Opinion, at: At, *, enforced: bool) -> None:
        match opinion:
            case Allowed():
                return
            case Blocked(reason=reason):
                what = "block"
            case Redacted(reason=reason):
                what = "redact"
            case AskPerson(reason=reason):
                what = "ask"
        self.noted.append(Noted(self.rule.name, what, reason, at, enforced))


async def _judged(asked: Awaitable[Opinion]) -> Opinion:
    mark = _JUDGING.set(True)
    try:
        return await asked
    finally:
        _JUDGING.reset(mark)


def _verdict(opinion: Opinion, otherwise: Allow) -> Allow | Block:
    match opinion:
        case Blocked(reason=reason):
            return Block(reason)
        case AskPerson(reason=reason):
            return Block(
                f"{reason} A person has to decide, which a direct call cannot wait for: ask from "
                "a workflow, which checks with `call: guard` and then `call: approve`."
            )
        case _:
            return otherwise


def _texts(value: Json) -> list[str]:
    found: list[str] = []

    def collect(leaf: Leaf) -> str:
        found.append(leaf.text)
        return leaf.text

    _ = rewritten(value, collect)
    return found


def _with(value: Json, texts: Sequence[str]) -> Json:
    """The texts in the order in which `_texts` gives them. Raises ValueError for another number."""
    if len(texts) != len(_texts(value)):
        raise ValueError("a guardrail answers as many texts as it has seen")
    rest = iter(texts)
    return rewritten(value, lambda _leaf: next(rest))


def _offered(fields: JsonObject) -> list[str]:
    """Names of tools, in the words of each protocol."""
    tools = fields.get("tools")
    return [_name(tool) for tool in tools] if isinstance(tools, list | tuple) else []


def _name(tool: Json) -> str:
    match tool:
        case {"function": {"name": str(name)}} | {"name": str(name)} | {"type": str(name)}:
            return name
        case _:
            return ""


def _called(body: Json) -> list[str]:
    """Names of the tools that an answer calls, in the words of each protocol."""
    match body:
        case {"choices": [*choices]}:
            return [name for choice in choices for name in _in_choice(choice)]
        case {"content": [*blocks]}:
            return [_name(one) for one in blocks if _is(one, "tool_use")]
        case {"output": [*items]}:
            return [_name(one) for one in items if _is(one, "function_call")]
        case _:
            return []


def _in_choice(choice: Json) -> list[str]:
    match choice:
        case {"message": {"tool_calls": [*calls]}}:
            return [_name(call) for call in calls]
        case _:
            return []


def _is(value: Json, kind: str) -> bool:
    return isinstance(value, Mapping) and value.get("type") == kind


@dataclass(slots=True)
class _Gathering:
    """The port TextFilter: takes every text of a stream down, and hands others out instead."""

    instead: Mapping[str, str] = field(default_factory=dict[str, str])
    said: dict[str, str] = field(default_factory=dict[str, str])
    tools: list[str] = field(default_factory=list[str])

    def piece(self, channel: str, text: str, *, json: bool = False) -> str:
        del json
        self.said[channel] = self.said.get(channel, "") + text
        return ""

    def end(self, channel: str) -> str:
        return self.instead.get(channel, "")

    def whole(self, text: str, *, json: bool = False) -> str:
        del json
        return text

    def tool(self, name: str) -> None:
        self.tools.append(name)


@dataclass(slots=True)
class _Held:
    """The port StreamGuard."""

    watcher: GuardrailWatcher
    texts: Callable[[_Gathering], StreamTexts]
    pieces: list[bytes] = field(default_factory=list[bytes])
    size: int = 0

    @property
    def _enforced(self) -> bool:
        return self.watcher.rule.mode is Mode.ENFORCE

    async def piece(self, piece: bytes) -> Verdict[bytes]:
        self.pieces.append(piece)
        self.size += len(piece)
        if self.size > _MOST_HELD:
            if self._enforced:
                return Block("The answer is too long to be judged.")
            self.pieces.clear()
        return Redact(b"") if self._enforced else Allow()

    async def end(self) -> Verdict[bytes]:
        whole = b"".join(self.pieces)
        if not self._enforced:
            return await self._looked_at(whole)
        gathered = _Gathering()
        _ = self._through(whole, gathered)
        said = list(gathered.said.values())
        opinion = await self.watcher.opinion(At.ANSWER, said, gathered.tools)
        if isinstance(opinion, Redacted):
            instead = dict(zip(gathered.said, opinion.texts, strict=True))
            return Redact(self._through(whole, _Gathering(instead)))
        verdict = _verdict(opinion, Allow())
        return verdict if isinstance(verdict, Block) else Redact(whole)

    async def _looked_at(self, whole: bytes) -> Verdict[bytes]:
        """In the shadow: it has gone on already."""
        gathered = _Gathering()
        with suppress(Exception):  # in the shadow nothing may stop a call
            _ = self._through(whole, gathered)
            said = list(gathered.said.values())
            _ = await self.watcher.opinion(At.ANSWER, said, gathered.tools)
        return Redact(b"")

    def _through(self, whole: bytes, filter: _Gathering) -> bytes:
        stream = self.texts(filter)
        return stream.feed(whole) + stream.end()
