"""A podium for the API's tests: the real use cases over stores in memory, and a scripted model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from podium.adapters.caching.memory import MemoryStore
from podium.bootstrap.approving import StoredPeople, misfit
from podium.gateway.caching.service import Cache, CacheEdges
from podium.gateway.catalogue import Catalogue
from podium.gateway.configuration.service import Configuration
from podium.gateway.configuration.service import Edges as ConfigurationEdges
from podium.gateway.limits.budgets import Budgets
from podium.gateway.limits.limiter import Edges as LimitEdges
from podium.gateway.limits.limiter import Limiter
from podium.gateway.limits.rules import Rule
from podium.gateway.limits.spending import Spending
from podium.gateway.models import (
    NO_FACTS,
    Capability,
    Facts,
    Model,
    Price,
    Provider,
    Route,
    Target,
    Usage,
)
from podium.gateway.service import Edges, Gateway
from podium.governance import approval_service, delegations
from podium.governance.access import Authorizer
from podium.governance.approval_service import Approvals, Question
from podium.governance.approvals import Approval
from podium.governance.audit.service import Audit
from podium.governance.delegations import Delegations
from podium.governance.policies.rule import CedarRule
from podium.governance.policies.service import Edges as PolicyEdges
from podium.governance.policies.service import Policies
from podium.governance.terms import Terms as ApprovalTerms
from podium.identity.directory import Directory
from podium.identity.federation import Federated
from podium.identity.issuing import Edges as IdentityEdges
from podium.identity.key_service import Keys, Terms
from podium.identity.organisation import Binding, User
from podium.identity.principal import ORGANISATION, Principal, Role
from podium.identity.service import Identity
from podium.identity.sign_in import SignIns
from podium.kernel.errors import Unavailable
from podium.kernel.ids import Ids, RunId
from podium.kernel.json import Json, JsonObject
from podium.kernel.money import NanoUsd
from podium.observability.service import Traces
from podium.observability.spans import Span, SpanKind, span_id, trace_id
from podium.protocols.callers import callers
from podium.protocols.formats import CallerFormat
from podium.protocols.translation import Translated
from podium.workflows.engine.journal import Added, Ended, Hold, edits
from podium.workflows.events.bus import Bus
from podium.workflows.events.bus import Edges as BusEdges
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.ports import ABSENT, Absent, End
from podium.workflows.run_service import Runs, Start
from podium.workflows.runs import Run
from podium.workflows.scheduling.scheduler import Alarm
from podium.workflows.scheduling.service import Edges as ScheduleEdges
from podium.workflows.scheduling.service import Schedules
from podium.workflows.scheduling.starting import Starting
from podium.workflows.scheduling.triggers import Triggers
from podium.workflows.service import Workflows
from tests.fakes_access import RULE
from tests.fakes_audit import audit_over, told_by
from tests.fakes_configurations import FakeMachine
from tests.fakes_guardrails import FakeGuardrails
from tests.fakes_journal import MemoryJournal
from tests.fakes_limits import MemorySpend
from tests.fakes_logins import MemoryLogins, PlainHasher, sign_ins
from tests.fakes_models import ScriptedModel
from tests.fakes_records import Records
from tests.fakes_storage import MemoryStores
from tests.fakes_subscriptions import FakeEvents
from tests.world import FakeChance, FakeClock, InProcessJq

DOCUMENT = """\
document: {dsl: '1.0.3', namespace: support, name: greet, version: '1.0.0', title: Greets}
do:
- hello:
    set: {text: hello}
"""
CHAT: JsonObject = {"model": "chat", "messages": [{"role": "user", "content": "Hi"}]}


@dataclass
class FakeEngine:
    """Stores what it is told and executes nothing."""

    journal: MemoryJournal
    clock: FakeClock
    sent: list[tuple[str, str, Json]] = field(default_factory=list)

    @property
    def started(self) -> list[str]:
        return list(self.journal.rows)

    async def start(self, run: Run) -> Run:
        (stored,) = await self.journal.commit([Added(run, None)])
        assert isinstance(stored, Run)
        return stored

    async def cancel(self, run: RunId) -> Sequence[RunId]:
        return [run] if await self.journal.cancel(run, now=self.clock.now()) else ()

    async def pause(self, run: RunId) -> bool:
        return await self.journal.pause(run, now=self.clock.now())

    async def resume(self, run: RunId) -> Sequence[RunId]:
        reopened = await self.journal.reopen(run, now=self.clock.now(), edits=None)
        return [run] if reopened else ()

    async def retry(self, run: RunId, *, path: str, input: Json | Absent = ABSENT) -> bool:
        return await self.journal.reopen(run, now=self.clock.now(), edits=edits(path, input))

    async def copy(self, run: RunId, new: Run, *, path: str, input: Json | Absent = ABSENT) -> Run:
        return await self.journal.copy(run, new, edits(path, input))

    def running(self, run: RunId) -> Run | None:
        return None

    async def ended(self, run: RunId, *, seconds: float) -> Run | None:
        found = self.journal.rows[run].run
        return found if found.status.is_final else None

    async def send(self, run: RunId, topic: str, message: Json, *, key: str) -> None:
        self.sent.append((run, topic, message))

    async def finish(
        self, run: RunId, at: float, *, output: Json = None, error: JsonObject | None = None
    ) -> None:
        row = self.journal.rows[run]
        held = Hold(run, row.run.workspace, row.epoch)
        _ = await self.journal.commit([Ended(held, End(at, output=output, error=error), at)])


@dataclass
class NoApprovals:
    """Notes whose questions were withdrawn and restored."""

    withdrawn: list[RunId] = field(default_factory=list[RunId])
    restored: list[RunId] = field(default_factory=list[RunId])

    async def withdraw(self, run: RunId, at: float) -> None:
        self.withdrawn.append(run)

    async def restore(self, run: RunId) -> None:
        self.restored.append(run)


BY_STARTER = ApprovalTerms(self_approval=True)

PRICE = NanoUsd(2_000_000)


class CallPrices:
    def cost(self, model: Model, usage: Usage, at: float) -> NanoUsd:
        return PRICE

    def facts(self, model: Model, at: float) -> Facts:
        if "embed" in model.name:
            return NO_FACTS
        price = Price(Decimal("2.5"), Decimal(10), Decimal("0.25"), "a list of today")
        return Facts(price, 128_000)


class BaselinePrices:
    async def cost(self, model: str, input_tokens: int, output_tokens: int) -> int:
        return PRICE


@dataclass(frozen=True)
class FakeCheck:
    name: str
    status: str
    message: str
    remedy: str | None


def _approving(podium: "FakePodium", rule: Authorizer) -> tuple[Delegations, Approvals]:
    stores, clock, ids = podium.stores, podium.clock, podium.ids
    handed = Delegations(
        delegations.Edges(
            store=stores.delegations,
            approvals=stores.approvals,
            people=StoredPeople(stores.directory),
            authorizer=rule,
            clock=clock,
            ids=ids,
        )
    )
    approvals = Approvals(
        approval_service.Edges(
            store=stores.approvals,
            authorizer=rule,
            deliver=podium.engine,
            clock=clock,
            ids=ids,
            delegated=handed,
            assurance=podium.sign_ins,
            fits=misfit,
        )
    )
    return handed, approvals


class FakePodium:
    """`secret` is an API key of Ann, an owner; `invitation` the secret of a one-time link."""

    version: str = "0.0.0-test"

    def __init__(self) -> None:  # noqa: PLR0915 - it names every part
        self.clock: FakeClock = FakeClock()
        self.stores: MemoryStores = MemoryStores()
        self.engine: FakeEngine = FakeEngine(self.stores.journal, self.clock)
        self.model: ScriptedModel = ScriptedModel()
        self.records: Records = Records()
        self.events: FakeEvents = FakeEvents()
        self.database_is_up: bool = True
        self.audit: Audit = audit_over(self.stores.audit, self.clock)
        cedar = CedarRule(RULE.bundle)
        chance, rule = FakeChance(), told_by(self.audit.trail, self.clock, cedar)
        self.ids: Ids = Ids(self.clock, chance)
        people = IdentityEdges(
            self.stores.identity, self.stores.directory, rule, self.clock, chance
        )
        self.people: IdentityEdges = people
        self.directory: Directory = Directory.over(people)
        writing = PolicyEdges(self.stores.policies, self.stores.directory, cedar, rule, self.clock)
        self.policies: Policies = Policies(writing)
        self.identity: Identity = Identity(people)
        self.sign_ins: SignIns = sign_ins(people, MemoryLogins(), PlainHasher())
        self.federated: Federated | None = None
        self.keys: Keys = Keys(people)
        self.spending: Spending = Spending(MemorySpend())
        self.limit_rules: list[Rule] = []
        self.guardrails: FakeGuardrails = FakeGuardrails(rule)
        self.budgets: Budgets = Budgets(
            self.limit_rules, self.keys, self.spending, self.clock, lambda: ("chat", "embed")
        )
        alarm = Alarm()
        self.schedules: Schedules = Schedules(
            ScheduleEdges(
                store=self.stores.schedules,
                events=self.stores.events,
                authorizer=rule,
                clock=self.clock,
                ids=self.ids,
                changed=alarm.ring,
            )
        )
        self.workflows: Workflows = Workflows(
            self.stores.workflows, {}, rule, self.clock, watch=self.schedules
        )
        self.runs: Runs = Runs(
            self.workflows,
            self.stores.runs,
            self.engine,
            NoApprovals(),
            rule,
            self.clock,
            self.ids,
        )
        starting = Starting(self.runs, people.roster, self.clock)
        evaluator = Evaluator(InProcessJq())
        triggers = Triggers(self.stores.schedules, self.stores.crowds, starting, evaluator)
        self.bus: Bus = Bus(
            BusEdges(self.stores.events, evaluator, self.engine, triggers, rule, self.clock),
            retention=86400.0,
        )
        self.delegations, self.approvals = _approving(self, rule)
        self.traces: Traces = Traces(
            self.stores.spans, BaselinePrices(), "openai/gpt-6.1-sol", authorizer=rule
        )
        self.dialects: Mapping[str, CallerFormat] = callers(self.clock)
        self.gateway: Gateway = _gateway(self, chance)
        self.ann: Principal
        self.secret: str
        self.invitation: str

    async def begin(self) -> "FakePodium":
        start = await self.identity.start()
        self.invitation = start.invitation
        self.ann = await self.add_user("Ann", Role.OWNER)
        self.machine: FakeMachine = FakeMachine()
        self.answers: MemoryStore = MemoryStore(self.clock)
        self.cache: Cache = Cache(CacheEdges(self.answers, self.clock, RULE))
        self.configuration: Configuration = Configuration(
            ConfigurationEdges(
                self.stores.configurations,
                self.machine,
                RULE,
                self.clock,
                self.ann.workspace,
            )
        )
        self.secret = await self.key(self.ann)
        return self

    async def add_user(self, name: str, role: Role) -> Principal:
        local = await self.identity.local()
        user = User(self.ids.user(), local.workspace, name, self.clock.now())
        _ = await self.stores.directory.add_user(user)
        place = ORGANISATION if role == Role.OWNER else local.workspace
        bound = Binding(self.ids.binding(), role, user.id, place, self.clock.now())
        await self.stores.directory.add_binding(bound)
        return await self.people.roster.principal(user.id, local.workspace)

    async def key(self, principal: Principal) -> str:
        return (await self.keys.create(principal, Terms("test"))).secret

    async def run(self, **wish: object) -> Run:
        """A run of the stored document, by Ann."""
        _ = await self.workflows.put(self.ann, DOCUMENT, name="greet")
        self.clock.at += 1
        return await self.runs.start(self.ann, Start("support", "greet", **wish))

    async def question(
        self, run: Run, payload: Json, terms: ApprovalTerms = BY_STARTER
    ) -> Approval:
        asked = Question(run.id, f"/do/{self.clock.at}", "topic", "Pay?", payload, 3600, terms)
        self.clock.at += 1
        return await self.approvals.ask(self.ann, asked)

    def span(self, run: Run, kind: SpanKind, path: str, **more: object) -> Span:
        return Span(
            id=span_id(run.id, path, kind),
            trace=trace_id(run.id),
            parent=None,
            run=run.id,
            workspace=run.workspace,
            kind=kind,
            name=path.rpartition("/")[2] or "greet",
            path=path,
            **{"started_at": self.clock.at, **more},
        )

    async def checks(self) -> Sequence[FakeCheck]:
        return [
            FakeCheck("database", "ok", "SQLite answers.", None),
            FakeCheck("models", "warn", "No key for openai.", "Set OPENAI_API_KEY."),
        ]

    async def ready(self) -> None:
        if not self.database_is_up:
            raise Unavailable("The database does not answer.")


def _gateway(podium: FakePodium, chance: FakeChance) -> Gateway:
    provider = Provider("scripted", "openai_chat")
    models = {
        "acme/large": Model("acme/large", provider, "large", frozenset({Capability.CHAT})),
        "embed": Model("embed", provider, "embed", frozenset({Capability.EMBEDDINGS})),
    }
    routes = {"chat": Route("chat", (Target(models["acme/large"], retries=0),))}

    async def at_once(seconds: float) -> None: ...

    edges = Edges(
        {"scripted": Translated(podium.model, podium.dialects)},
        podium.records,
        CallPrices(),
        podium.clock,
        chance,
        at_once,
        RULE,
        Limiter(LimitEdges(podium.clock, podium.spending, podium.limit_rules)),
    )
    return Gateway(Catalogue(models, routes), edges)
