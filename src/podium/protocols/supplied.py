"""A source of chats whose models are supplied with what they lack: tools, JSON that fits a schema.

It asks the model again by itself, within the deadline of the attempt, and what all of its answers
took is told as one usage. `podium` in an answer, and in the first piece of a stream, says what was
supplied and how often it was repaired.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from podium.gateway.errors import Failure, UpstreamFailed
from podium.gateway.models import Deadlines, Model, Outcome
from podium.gateway.supply.json_answers import Check, Good, Hopeless, JsonAnswers, Repair
from podium.gateway.supply.modes import JsonMode, Supplied, ToolMode
from podium.gateway.supply.telling import told
from podium.gateway.supply.tool_schemas import Toolbox, wanted_schema
from podium.gateway.supply.tool_streams import ToolStream
from podium.gateway.supply.tools import NewId, answered, emulated
from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.protocols.folding import pieces
from podium.protocols.translation import ChatSource


@dataclass(frozen=True, slots=True)
class Means:
    clock: Clock
    fits: Check
    new_id: NewId


@dataclass(frozen=True, slots=True)
class _Plan:
    """What goes to the model, and what is done with its answer; None for what is native."""

    chat: dict[str, Json]
    box: Toolbox | None
    answers: JsonAnswers | None

    @property
    def supplied(self) -> tuple[str, ...]:
        named: tuple[tuple[str, object], ...] = (("tools", self.box), ("json_schema", self.answers))
        return tuple([name for name, one in named if one is not None])


class SuppliedSource:
    """The port ChatSource over another one."""

    def __init__(self, source: ChatSource, means: Means) -> None:
        self._source: ChatSource = source
        self._means: Means = means

    async def chat(self, model: Model, chat: JsonObject, deadlines: Deadlines) -> dict[str, Json]:
        plan = self._plan(model, chat)
        if not plan.supplied:
            return await self._source.chat(model, plan.chat, deadlines)
        completion, repairs = await self._good(model, plan, deadlines)
        if plan.box is not None:
            completion = answered(completion, plan.box, self._means.new_id)
        return {**completion, **told(Supplied(plan.supplied, repairs))}

    async def chunks(
        self, model: Model, chat: JsonObject, deadlines: Deadlines
    ) -> AsyncGenerator[dict[str, Json], None]:
        """An answer that may have to be repaired comes when it is good, all at once."""
        plan = self._plan(model, chat)
        if plan.answers is not None:
            for piece in pieces(await self.chat(model, chat, deadlines)):
                yield piece
            return
        reader = None if plan.box is None else ToolStream(plan.box, self._means.new_id)
        mark = told(Supplied(plan.supplied)) if reader else dict[str, Json]()
        async with aclosing(self._source.chunks(model, plan.chat, deadlines)) as chunks:
            async for chunk in chunks:
                for piece in [chunk] if reader is None else reader.feed(chunk):
                    yield {**piece, **mark}
                    mark.clear()

    async def embeddings(
        self, model: Model, request: JsonObject, deadlines: Deadlines
    ) -> dict[str, Json]:
        return await self._source.embeddings(model, request, deadlines)

    def _plan(self, model: Model, chat: JsonObject) -> _Plan:
        """Raises Invalid for what is switched off."""
        supply, box, sent = model.supply, None, dict(chat)
        if supply.tools is ToolMode.OFF and chat.get("tools"):
            raise _off(model, "tools", "emulated")
        if supply.tools is ToolMode.EMULATED:
            made = emulated(chat)
            sent, box = made.chat, made.box
        if supply.json is JsonMode.OFF and wanted_schema(sent.get("response_format")) is not None:
            raise _off(model, "json_schema", "repair")
        if supply.json is not JsonMode.REPAIR:
            return _Plan(sent, box, None)
        answers = JsonAnswers.asked(sent, self._means.fits, supply.repairs)
        return _Plan(sent if answers is None else answers.chat, box, answers)

    async def _good(
        self, model: Model, plan: _Plan, deadlines: Deadlines
    ) -> tuple[dict[str, Json], int]:
        """An answer that fits, and how often it was asked for again. Raises UpstreamFailed."""
        clock = self._means.clock
        ends, chat, used, asked = clock.monotonic() + deadlines.total, plan.chat, None, 0
        while True:
            left = deadlines.within(ends - clock.monotonic())
            completion = await self._source.chat(model, chat, left)
            asked += 1
            used = _sum(used, completion.get("usage"))
            if used is not None:
                completion = {**completion, "usage": used}
            match (
                Good(completion) if plan.answers is None else plan.answers.check(completion, asked)
            ):
                case Good(good):
                    return good, asked - 1
                case Repair(again, _):
                    chat = again
                case Hopeless(reason):
                    raise UpstreamFailed(Failure(Outcome.MALFORMED, f"'{model.name}': {reason}"))


def _off(model: Model, what: str, mode: str) -> Invalid:
    return Invalid(
        f"'{model.name}' has '{what}: off' in podium.yaml, and the request asks for it. "
        f"Write '{what}: {mode}' there, or ask another model."
    )


def _sum(one: Json, other: Json) -> Json:
    """Usage of two answers: numbers are added, whatever they count."""
    match one, other:
        case None, _:
            return other
        case Mapping(), Mapping():
            names = dict.fromkeys([*one, *other])
            return {name: _sum(one.get(name), other.get(name)) for name in names}
        case ((int() | float()), (int() | float())):
            return one + other
        case _:
            return one
