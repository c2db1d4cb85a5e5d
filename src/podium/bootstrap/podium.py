"""Opens and closes a podium: every part made once, given to those who need it."""

import socket
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import anyio
from anyio.abc import TaskGroup

from podium.adapters.clock import SystemChance, SystemClock
from podium.adapters.http.client import HttpClient, HttpOptions
from podium.adapters.http.egress import Egress
from podium.adapters.jq.workers import JqWorkers
from podium.adapters.local.host import LocalModels
from podium.adapters.storage.database import Database, open_database
from podium.adapters.storage.journal.wakes import PostgresWakes
from podium.adapters.storage.stores import SqlStores
from podium.adapters.telemetry import SpanWriter
from podium.bootstrap.access import Ground, open_access
from podium.bootstrap.approving import Around, approving
from podium.bootstrap.auditing import AuditAround, Auditing, open_auditing
from podium.bootstrap.catalogs import FetchedCatalogs
from podium.bootstrap.checks import Check, Doctor
from podium.bootstrap.configuring import Start
from podium.bootstrap.data import connections, datasets
from podium.bootstrap.eventing import Means, eventing, schedules
from podium.bootstrap.folder import last, private, single, storage_url
from podium.bootstrap.gateway import Surroundings
from podium.bootstrap.key_files import mask_key
from podium.bootstrap.limits import Limiting
from podium.bootstrap.messaging import Messaging, open_messaging, subscriptions
from podium.bootstrap.models import Lent, open_models
from podium.bootstrap.parts import (
    BaselinePrices,
    FlushedSpans,
    GatewayEmbedder,
    LateBody,
    Own,
    OwnRuns,
    RunEvents,
    WorkflowSecrets,
    provider_client,
)
from podium.bootstrap.processes import Runners, open_runners
from podium.bootstrap.protocols import Outside, protocols, resources
from podium.bootstrap.signing_in import Means as Doors
from podium.bootstrap.signing_in import signing
from podium.bootstrap.upstreams import Makers, Speech
from podium.bootstrap.upstreams import means as speech_means
from podium.functions.installed import catalog, installed
from podium.functions.models import GatewayModels
from podium.functions.ports import Services
from podium.functions.shelf import shelf
from podium.gateway.caching.service import Cache
from podium.gateway.configuration.service import Configuration
from podium.gateway.guardrail_service import Guardrails
from podium.gateway.limits.budgets import Budgets
from podium.gateway.limits.limiter import Limiter
from podium.gateway.live import LiveGateway
from podium.governance.approval_service import Approvals
from podium.governance.audit.service import Audit
from podium.governance.delegations import Delegations
from podium.governance.policies.bundle import Bundle
from podium.governance.policies.rule import CedarRule
from podium.governance.policies.service import Policies
from podium.identity.directory import Directory
from podium.identity.federation import Federated
from podium.identity.issuing import Edges as IdentityEdges
from podium.identity.key_service import Keys
from podium.identity.principal import Principal
from podium.identity.service import Identity
from podium.identity.sign_in import SignIns
from podium.kernel.ids import Ids
from podium.observability.service import Traces
from podium.protocols.callers import callers
from podium.protocols.calls import Http
from podium.protocols.credentials.means import system_means
from podium.protocols.formats import CallerFormat
from podium.settings import Settings, Written
from podium.workflows.engine.engine import AtEnd, DurableEngine
from podium.workflows.engine.engine import Edges as EngineEdges
from podium.workflows.engine.settings import EngineSettings
from podium.workflows.events.bus import Bus
from podium.workflows.expressions.evaluator import Evaluator
from podium.workflows.functions import Function, inputs
from podium.workflows.interpreter.deps import Dependencies, Limits
from podium.workflows.interpreter.execution import Execution, broken
from podium.workflows.run_service import Runs
from podium.workflows.scheduling.scheduler import Alarm
from podium.workflows.scheduling.service import Schedules
from podium.workflows.service import Workflows


@dataclass(frozen=True, slots=True)
class Podium:
    """Everything an entrance may use. `local` is the owner of the folder."""

    version: str
    settings: Settings
    folder: Path
    clock: SystemClock
    local: Principal
    identity: Identity
    directory: Directory
    sign_ins: SignIns
    policies: Policies
    federated: Federated | None
    keys: Keys
    limiter: Limiter
    budgets: Budgets
    workflows: Workflows
    runs: Runs
    approvals: Approvals
    delegations: Delegations
    traces: Traces
    gateway: LiveGateway
    cache: Cache
    guardrails: Guardrails
    configuration: Configuration
    dialects: Mapping[str, CallerFormat]
    events: RunEvents
    bus: Bus
    schedules: Schedules
    audit: Audit
    doctor: Doctor

    async def checks(self) -> Sequence[Check]:
        return await self.doctor.checks()

    async def ready(self) -> None:
        """Raises Unavailable while the database does not answer."""
        await self.doctor.ready()


@asynccontextmanager
async def open_podium(written: Written, folder: Path) -> AsyncGenerator[Podium]:
    """Open the state folder, take up interrupted runs, and serve until left.

    Raises Unavailable for a database or disk that does not answer, Invalid for settings that
    name what is not there.
    """
    private(folder)
    with single():
        async with AsyncExitStack() as stack:
            parts = await _Parts.open(written, folder, stack)
            yield await parts.podium(stack)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What has to be closed again, and what the rest is made of."""

    start: Start
    folder: Path
    database: Database
    stores: SqlStores
    spans: SpanWriter
    jq: JqWorkers
    host: LocalModels
    clock: SystemClock
    chance: SystemChance
    outside: HttpClient
    providers: Http
    tokens: HttpClient
    runners: Runners
    messaging: Messaging
    dialects: Mapping[str, CallerFormat]
    rule: CedarRule
    auditing: Auditing

    @property
    def settings(self) -> Settings:
        """As they are at the start; the gateway's may change."""
        return self.start.settings

    @classmethod
    async def open(cls, written: Written, folder: Path, stack: AsyncExitStack) -> "_Parts":
        settings = written.settings()
        database = open_database(
            storage_url(settings, folder), synchronous=settings.storage.synchronous
        )
        _ = stack.push_async_callback(database.close)
        await database.migrate()
        stores = SqlStores(database)
        start = await Start.of(written, settings, stores.configurations)
        clock, rule = SystemClock(), CedarRule(Bundle.of(""))
        host = LocalModels(clock)
        _ = stack.push_async_callback(host.close)
        options = HttpOptions(proxy=settings.http.proxy, ca_file=settings.http.ca_file)
        egress = Egress(private=settings.http.allow_private)
        outside = await stack.enter_async_context(HttpClient(egress, options))
        return cls(
            start=start,
            folder=folder,
            database=database,
            stores=stores,
            spans=SpanWriter(stores.spans),
            jq=await stack.enter_async_context(JqWorkers(deadline=settings.expressions.deadline)),
            host=host,
            clock=clock,
            chance=SystemChance(),
            outside=outside,
            providers=await stack.enter_async_context(provider_client(options)),
            tokens=await stack.enter_async_context(HttpClient(Egress.anywhere(), options)),
            runners=await stack.enter_async_context(open_runners(settings, folder, clock=clock)),
            messaging=await stack.enter_async_context(open_messaging(settings, outside)),
            dialects=callers(clock),
            rule=rule,
            auditing=await open_auditing(
                settings, AuditAround(folder, stores.audit, clock, outside, rule)
            ),
        )

    async def podium(self, stack: AsyncExitStack) -> Podium:  # noqa: PLR0914 - it names every part
        access = await open_access(
            Ground(self.stores, self.rule, self.auditing.authorizer, self.clock, self.chance)
        )
        people, authorizer = access.people, self.auditing.authorizer
        ids = Ids(self.clock, self.chance)
        doors = signing(self.settings, self.folder, Doors(self.stores, people, self.tokens))
        local = await doors.identity.local()
        evaluator = Evaluator(self.jq)
        models = await open_models(
            self._around(evaluator), self.start, self._lent(people, local), stack=stack
        )
        gateway, limits = models.gateway, models.limits
        body = LateBody()
        at_end: list[AtEnd] = []
        engine = self._engine(body, at_end)
        asking = approving(Around(self.stores, authorizer, engine, self.clock, ids, doors.proofs))
        services = Services(
            models=GatewayModels(gateway),
            datasets=datasets(
                self.settings,
                self.stores.vectors,
                self.clock,
                embedder=GatewayEmbedder(gateway, local),
            ),
            connections=connections(self.settings, stack),
            approvals=asking.approvals,
            approval_seconds=self.settings.approvals.expiry,
            mask_key=mask_key(self.folder, self.chance),
            guardrails=models.guardrails,
        )
        functions = catalog(shelf(services), installed())
        models.judging.know(functions)
        means = Means(self.stores, evaluator, authorizer, people.roster, self.clock, ids, Alarm())
        watch = schedules(means)
        workflows = Workflows(
            self.stores.workflows,
            inputs(functions.values()),
            authorizer,
            self.clock,
            FetchedCatalogs(resources(self.settings, self._reach()), local),
            watch=watch,
        )
        runs = Runs(
            workflows,
            self.stores.runs,
            engine,
            self.stores.approvals,
            authorizer,
            self.clock,
            ids,
        )
        reacting = eventing(means, self.settings, runs=runs, engine=engine, schedules=watch)
        at_end.append(reacting.scheduler.ended)
        body.made(
            self._execution(functions, evaluator, Own(reacting.bus, OwnRuns(runs), people.roster))
        )
        group = await self._background(stack, doors.identity, limits)
        _ = group.start_soon(models.run)
        _ = group.start_soon(access.policies.run)
        await stack.enter_async_context(engine.serving())
        _ = await asking.approvals.deliver_pending()
        await reacting.begin(group)
        _ = group.start_soon(limits.news.run, reacting.bus, local)
        _ = stack.push_async_callback(reacting.end)
        return Podium(
            version=version("podium"),
            settings=self.settings,
            folder=self.folder,
            clock=self.clock,
            local=local,
            identity=doors.identity,
            directory=access.directory,
            sign_ins=doors.sign_ins,
            policies=access.policies,
            federated=doors.federated,
            keys=limits.keys,
            limiter=limits.limiter,
            budgets=limits.budgets,
            workflows=workflows,
            runs=runs,
            approvals=asking.approvals,
            delegations=asking.delegations,
            traces=Traces(
                FlushedSpans(self.stores.spans, self.spans),
                BaselinePrices(models.prices, self.clock),
                self.settings.costs.baseline_model,
                authorizer=authorizer,
            ),
            gateway=gateway,
            cache=models.cache,
            guardrails=models.guardrails,
            configuration=models.configuration,
            dialects=self.dialects,
            events=RunEvents(runs, self.spans),
            bus=reacting.bus,
            schedules=reacting.schedules,
            audit=self.auditing.audit,
            doctor=Doctor(
                lambda: models.machine.settings,
                self.folder,
                self.database,
                runners=self.runners,
                problem=lambda: models.configuration.problem,
                unsealed=lambda: self.auditing.sealer.problem,
            ),
        )

    def _around(self, evaluator: Evaluator) -> Surroundings:
        return Surroundings(
            settings=self.settings,
            tracer=self.spans,
            clock=self.clock,
            chance=self.chance,
            dialects=self.dialects,
            evaluator=evaluator,
            authorizer=self.auditing.authorizer,
            folder=self.folder,
        )

    def _lent(self, people: IdentityEdges, local: Principal) -> Lent:
        speech = Speech(self.dialects, speech_means(self.clock, self.chance))
        credentials = system_means(self.tokens, self.clock)
        return Lent(
            makers=Makers(self.providers, self.host, speech, credentials),
            database=self.database,
            people=people,
            home=local.workspace,
            store=self.stores.configurations,
        )

    def _reach(self) -> Outside:
        return Outside(self.outside, self.clock, self.chance, self.runners, self.messaging)

    def _execution(
        self,
        functions: Mapping[str, Function],
        evaluator: Evaluator,
        own: Own,
    ) -> Execution:
        spoken = protocols(self.settings, self._reach())
        dependencies = Dependencies(
            evaluator=evaluator,
            functions=functions,
            protocols=spoken,
            secrets=WorkflowSecrets(self.settings),
            tracer=self.spans,
            clock=self.clock,
            runtime={"name": "podium", "version": version("podium"), "metadata": {}},
            limits=Limits(),
            events=own.bus,
            subruns=own.runs,
            principals=own.principals,
            subscriptions=subscriptions(spoken),
        )
        return Execution(dependencies, self.stores.workflows)

    def _engine(self, body: LateBody, at_end: "list[AtEnd]") -> DurableEngine:
        url, shared = storage_url(self.settings, self.folder), self.database.shared
        settings = EngineSettings(
            # The folder's lock lets one process in, so its runs are nobody else's.
            executor=f"{socket.gethostname()}:{self.folder.resolve()}",
            runs=self.settings.engine.concurrency,
            alone=not shared,
        )
        wakes = PostgresWakes(url) if shared else None
        edges = EngineEdges(self.stores.journal, self.clock, body, broken, wakes, at_end)
        return DurableEngine(edges, settings)

    async def _background(
        self, stack: AsyncExitStack, identity: Identity, limits: Limiting
    ) -> TaskGroup:
        """What goes on beside the work, until the stack is left."""
        for flush in (self.auditing.close, self.spans.flush, identity.flush, limits.limiter.close):
            _ = stack.push_async_callback(last, flush)
        group = await stack.enter_async_context(anyio.create_task_group())
        _ = stack.callback(group.cancel_scope.cancel)
        _ = group.start_soon(self.spans.run)
        _ = group.start_soon(self.auditing.run)
        _ = group.start_soon(identity.run)
        _ = group.start_soon(self.database.tend)
        _ = group.start_soon(limits.limiter.run)
        return group
