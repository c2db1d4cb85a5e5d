"""Targets, questions and seeded chance for the tests of routing."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - chance by seed, handed in

import anyio
from tests.unit.gateway.fakes import StillClock

from podium.gateway.models import (
    NO_FACTS,
    Capability,
    Facts,
    Model,
    Operation,
    Provider,
    Route,
    Target,
    Usage,
)
from podium.gateway.requests import Request
from podium.gateway.routing.choice import Choice
from podium.gateway.routing.fleet import Fleet
from podium.gateway.routing.options import Options
from podium.gateway.routing.question import Question
from podium.gateway.routing.router import Router
from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.kernel.money import NanoUsd

PRICES = {"cheap": 1, "middle": 5, "dear": 20}
"""Nano-dollars a token; the others have no price."""


class ByName:
    def cost(self, model: Model, usage: Usage, at: float) -> NanoUsd | None:
        _ = at
        price = PRICES.get(model.name)
        return None if price is None else NanoUsd((usage.input + usage.output) * price)

    def facts(self, model: Model, at: float) -> Facts:
        _ = model, at
        return NO_FACTS


@dataclass
class Holding:
    """Conditions that hold for the expressions in it; others fail where they begin with `bad`."""

    true: set[str] = field(default_factory=set)
    seen: list[JsonObject] = field(default_factory=list)

    async def holds(self, expression: str, facts: JsonObject) -> bool:
        self.seen.append(facts)
        if expression.startswith("bad"):
            raise Invalid("It cannot be computed.")
        return expression in self.true


@dataclass
class Dice:
    """Chance by seed."""

    seed: int = 1
    _dice: Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = Random(self.seed)  # noqa: S311

    def random(self) -> float:
        return self._dice.random()

    def token(self, size: int) -> bytes:
        return self._dice.randbytes(size)


def target(name: str, *capabilities: Capability, **more: object) -> Target:
    able = frozenset({Capability.CHAT, *capabilities})
    return Target(Model(name, Provider("alpha", "openai_chat"), name, able), **more)  # pyright: ignore[reportArgumentType]


def route(*targets: Target, strategy: Options, sticky: bool = False) -> Route:
    return Route("smart", targets, strategy=strategy, sticky=sticky)


def ask(
    text: Json = "Hello",
    *,
    session: str = "",
    stream: bool = False,
    region: str = "",
    data_class: str = "",
    tags: dict[str, str] | None = None,
    **fields: Json,
) -> Question:
    request = Request(
        "openai_chat",
        Operation.CHAT,
        {"model": "smart", "messages": [{"role": "user", "content": text}], **fields},
        stream=stream,
        session=session,
        tags=tags or {},
    )
    return Question(request, "ws_1", "user_ana", region=region, data_class=data_class)


@dataclass
class Stand:
    """A router whose time stands still and whose chance repeats."""

    clock: StillClock = field(default_factory=StillClock)
    dice: Dice = field(default_factory=Dice)
    conditions: Holding = field(default_factory=Holding)
    fleet: Fleet = field(init=False)
    router: Router = field(init=False)

    def __post_init__(self) -> None:
        self.fleet = Fleet(self.clock)
        self.router = Router(self.fleet, self.dice, ByName(), self.conditions)

    def choose(self, question: Question, route: Route) -> Choice:
        return anyio.run(self.router.choose, question, route)

    def order(self, question: Question, route: Route) -> list[str]:
        return [target.model.name for target in self.choose(question, route).targets]

    def firsts(self, route: Route, times: int = 2000) -> Counter[str]:
        async def many() -> Counter[str]:
            chosen = Counter[str]()
            for _ in range(times):
                chosen[(await self.router.choose(ask(), route)).targets[0].model.name] += 1
            return chosen

        return anyio.run(many)

    def served(self, name: str, *, seconds: float = 1.0, tokens: int = 100, times: int = 1) -> None:
        """Answers in one piece."""
        for _ in range(times):
            flight = self.fleet.of(name).began()
            self.clock.at += seconds
            flight.succeeded(tokens)

    def streamed(self, name: str, first: float, per_token: float, *, times: int = 1) -> None:
        for _ in range(times):
            flight = self.fleet.of(name).began()
            self.clock.at += first
            flight.first()
            self.clock.at += per_token * 100
            flight.succeeded(100)

    def failed(self, name: str, *, times: int = 1) -> None:
        for _ in range(times):
            self.fleet.of(name).began().failed()
