"""A configuration prepared and brought into force, over the parts that a podium has."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fakes_access import RULE
from tests.fakes_configurations import MemoryConfigurations
from tests.fakes_functions import edges_of
from tests.fakes_limits import MemorySpend
from tests.fakes_storage import MemoryStores
from tests.unit.protocols.credentials.fakes import NoFiles, NoHttp
from tests.world import ANN, FakeChance, FakeClock, InProcessJq

from podium.adapters.http.egress import Egress
from podium.adapters.upstream.client import UpstreamClient
from podium.bootstrap.budget_news import BudgetNews
from podium.bootstrap.configuring import InForce, Offers, Start
from podium.bootstrap.gateway import Surroundings, open_gateway
from podium.bootstrap.guarding import LateMeans
from podium.bootstrap.limits import Limiting
from podium.bootstrap.upstreams import Makers, Speech, means
from podium.gateway.configuration.versions import Version
from podium.gateway.limits.budgets import Budgets
from podium.gateway.limits.limiter import Edges as LimitEdges
from podium.gateway.limits.limiter import Limiter
from podium.gateway.limits.spending import Spending
from podium.gateway.models import Operation
from podium.gateway.pricing import Schedule
from podium.gateway.requests import Request
from podium.gateway.service import Gateway
from podium.identity.issuing import Edges as IdentityEdges
from podium.identity.key_service import Keys
from podium.identity.limits import Limits
from podium.kernel.errors import Invalid, NotFound
from podium.kernel.ids import UserId, WorkspaceId
from podium.protocols.callers import callers
from podium.protocols.credentials.means import Means
from podium.settings import Origin
from podium.workflows.expressions.evaluator import Evaluator

pytestmark = pytest.mark.anyio

FILE = """version: 1
providers:
  here: {protocol: openai_chat, base_url: "http://127.0.0.1:9/v1", api_key_env: ""}
  there: {protocol: openai_chat, base_url: "http://127.0.0.1:8/v1", api_key_env: ""}
models:
  m: {provider: here}
  n: {provider: there}
routes:
  chat: {targets: [m]}
"""
OVER = """
providers: {there: {timeouts: {total: 5s}}}
routes:
  chat: {targets: [n, m]}
  more: {targets: [m], cache: {mode: exact}}
gateway: {concurrency: 7, waiting: 3, patience: 2s}
cache: {max_entries: 11}
limits: {rates_away: closed, rules: [{per: [key], rpm: 60}]}
"""


class NoPrices:
    def find(self, provider: str, model: str) -> Schedule:
        return ()


class Nowhere:
    def record(self, span: object) -> None: ...


class NoHost:
    """Nothing is asked of it."""


@dataclass
class Place:
    machine: InForce
    limits: Limiting
    file: Path

    def names(self) -> set[str]:
        return set(self.machine.gateway.live.names())

    async def take(self, text: str, *, afresh: bool = False):
        ready = await self.machine.prepare(text, name="draft", afresh=afresh)
        ready.take_effect()
        return ready


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[Place]:  # noqa: PLR0914 - it names every part
    clock, chance = FakeClock(), FakeChance()
    file = folder / "podium.yaml"
    _ = file.write_text(FILE)
    written = Origin(file, {}).read()
    start = await Start.of(written, written.settings(), MemoryConfigurations())
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(UpstreamClient(Egress.anywhere()))
        speech = Speech(callers(clock), means(clock, chance))
        makers = Makers(http, NoHost(), speech, Means(NoHttp(), clock, NoFiles()))
        offers = Offers(makers, NoPrices(), LateMeans())
        limits = limiting(edges_of(MemoryStores().identity, clock, chance))
        around = Surroundings(
            settings=start.settings,
            tracer=Nowhere(),
            clock=clock,
            chance=chance,
            dialects=speech.callers,
            evaluator=Evaluator(InProcessJq()),
            authorizer=RULE,
            folder=folder,
        )
        offer, made = offers.made(start.settings)
        gateway = await open_gateway(around, offer, limits=limits.limiter, stack=stack)
        machine = InForce(
            start.written, start.settings, start.effective, offers, made, gateway, limits
        )
        yield Place(machine, limits, file)


def limiting(people: IdentityEdges) -> Limiting:
    keys, spending = Keys(people), Spending(MemorySpend())
    limiter = Limiter(LimitEdges(people.clock, spending))
    budgets = Budgets((), keys, spending, people.clock, lambda: ())
    return Limiting(keys, limiter, budgets, BudgetNews(people.clock))


async def test_all_that_a_document_says_is_in_force_together(tmp_path: Path):
    async with opened(tmp_path) as place:
        ready = await place.take(OVER)
        gateway = place.machine.gateway
        assert "more" in place.names()
        assert gateway.turnstile.rules.most == 7
        assert gateway.kept is not None
        assert gateway.kept.max_entries == 11
        assert place.limits.limiter.edges.rates_away == "closed"
        assert place.limits.keys.defaults == Limits(rpm=60)
        assert len(place.limits.budgets.rules) == 1
        assert place.machine.settings.routes["chat"].targets == ["n", "m"]
        assert {one.path for one in ready.differences} > {"/cache", "/gateway", "/limits"}
        assert place.machine.effective["cache"] == {"max_entries": 11}
        _ = await place.take("")
        assert "more" not in place.names()
        assert gateway.turnstile.rules.most == 1000
        assert place.limits.keys.defaults == Limits()


async def test_a_provider_of_which_nothing_changed_is_the_same_one(tmp_path: Path):
    async with opened(tmp_path) as place:
        before = place.machine.made.upstreams
        _ = await place.take(OVER)
        after = place.machine.made.upstreams
    assert after["here"] is before["here"]
    assert after["there"] is not before["there"]
    assert "local" in after


async def test_a_provider_whose_key_is_another_one_in_its_file_is_made_anew(tmp_path: Path):
    key = tmp_path / "key"
    _ = key.write_text("one")
    async with opened(tmp_path) as place:
        _ = place.file.write_text(FILE.replace('api_key_env: ""', "api_key: secret://file/key", 1))
        _ = await place.take("", afresh=True)
        before = place.machine.made.upstreams
        _ = await place.take("")
        assert place.machine.made.upstreams["here"] is before["here"]
        _ = key.write_text("two")
        _ = await place.take("", afresh=True)
        assert place.machine.made.upstreams["here"] is not before["here"]
        assert place.machine.made.upstreams["there"] is before["there"]


async def test_what_is_invalid_changes_nothing(tmp_path: Path):
    async with opened(tmp_path) as place:
        names, made = place.names(), place.machine.made
        for text in ("routes: {chat: {targets: [x]}}", "routes: [", "[1]"):
            with pytest.raises(Invalid):
                _ = await place.machine.prepare(text, name="draft")
        assert (place.names(), place.machine.made) == (names, made)


async def test_the_file_is_read_again_when_it_is_said_and_what_waits_for_a_restart_named(
    tmp_path: Path,
):
    async with opened(tmp_path) as place:
        _ = place.file.write_text(f"{FILE}  new: {{targets: [n]}}\nserver: {{port: 9}}\n")
        assert place.machine.file_changed()
        _ = await place.take("gateway: {concurrency: 5}")
        assert "new" not in place.names()
        ready = await place.take("", afresh=True)
        assert "new" in place.names()
        assert not place.machine.file_changed()
        assert ready.restart == place.machine.restart == ("server.port",)
        place.file.unlink()
        assert place.machine.file_changed()
        with pytest.raises(NotFound):
            _ = await place.machine.prepare("", name="draft", afresh=True)
    assert place.machine.file == str(place.file.resolve())


async def test_a_route_that_masks_is_guarded_as_soon_as_it_is_there(tmp_path: Path):
    async with opened(tmp_path) as place:
        assert not watches(place.machine.gateway.live.now)
        masking = "masking: {requests: {pii: block}}"
        _ = await place.take(f"routes: {{more: {{targets: [m], {masking}}}}}")
        assert watches(place.machine.gateway.live.now)


async def test_a_guardrail_looks_as_soon_as_it_is_there_and_no_longer(tmp_path: Path):
    rails = "guardrails: {short: {kind: length, routes: [chat], settings: {most: 10}}}"
    async with opened(tmp_path) as place:
        before = len(place.machine.gateway.live.now.guards.guards)
        ready = await place.take(rails)
        assert len(place.machine.gateway.live.now.guards.guards) == before + 1
        assert ready.restart == ()
        _ = await place.take("")
        assert len(place.machine.gateway.live.now.guards.guards) == before


def watches(gateway: Gateway) -> bool:
    """Whether somebody looks at a harmless question to the route."""
    messages = [{"role": "user", "content": "Hello"}]
    request = Request("openai_chat", Operation.CHAT, {"model": "more", "messages": messages})
    (guard,) = gateway._edges.guards.guards  # noqa: SLF001 - they are inside
    return guard.watcher(ANN, "more", request) is not None


async def test_a_key_that_is_not_set_is_warned_of(tmp_path: Path):
    async with opened(tmp_path) as place:
        ready = await place.machine.prepare("models: {g: {provider: groq}}", name="draft")
    (warning,) = ready.warnings
    assert "GROQ_API_KEY" in warning


def stored(text: str) -> MemoryConfigurations:
    store = MemoryConfigurations()
    store.rows[4] = Version(4, WorkspaceId("ws"), UserId("user"), 0.0, "d", text=text)
    return store


async def test_the_newest_version_is_over_the_file_from_the_start(tmp_path: Path):
    file = tmp_path / "podium.yaml"
    _ = file.write_text(FILE)
    written = Origin(file, {}).read()
    start = await Start.of(written, written.settings(), stored(OVER))
    assert start.current is not None
    assert start.current.number == 4
    assert "more" in start.settings.routes
    assert start.effective["cache"] == {"max_entries": 11}


async def test_one_that_does_not_go_with_the_file_keeps_podium_from_starting(tmp_path: Path):
    file = tmp_path / "podium.yaml"
    _ = file.write_text(FILE)
    written = Origin(file, {}).read()
    with pytest.raises(Invalid, match=r"Version 4 .*stored: ignore") as refused:
        _ = await Start.of(written, written.settings(), stored("routes: {a: {targets: [gone]}}"))
    assert refused.value.problems[0].path == "/routes/a/targets/0"
    _ = file.write_text(f"{FILE}configuration: {{stored: ignore}}\n")
    written = Origin(file, {}).read()
    start = await Start.of(written, written.settings(), stored("routes: {a: {targets: [gone]}}"))
    assert (start.current, start.ignored) == (None, True)
