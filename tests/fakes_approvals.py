"""A desk at which runs ask and people decide, over stores in memory."""

from dataclasses import dataclass, field

from podium.bootstrap.approving import misfit
from podium.governance.approval_service import Approvals, Question
from podium.governance.approval_service import Edges as ApprovalEdges
from podium.governance.approvals import Approval
from podium.governance.delegations import Delegations
from podium.governance.delegations import Edges as DelegationEdges
from podium.governance.terms import PLAIN, Terms
from podium.identity.principal import Principal, Role
from podium.kernel.ids import Ids, RunId, UserId, WorkspaceId
from podium.kernel.json import Json
from tests.fakes_access import RULE
from tests.fakes_functions import Postbox
from tests.fakes_journal import MemoryJournal
from tests.fakes_storage import MemoryApprovals, MemoryDelegations, MemoryRuns
from tests.world import ANN, BOB, FakeChance, FakeClock

PAYLOAD = {"amount": 120}


def admin(name: str) -> Principal:
    """Who may decide, in Ann's workspace."""
    roles = frozenset({Role.ADMIN})
    return Principal(UserId(f"user_{name.lower()}"), ANN.workspace, name, roles)


CARL, DORA = admin("Carl"), admin("Dora")


@dataclass
class Crowd:
    """People by id."""

    known: list[Principal] = field(default_factory=lambda: [ANN, BOB, CARL, DORA])

    async def person(self, workspace: WorkspaceId, user: UserId) -> Principal | None:
        for one in self.known:
            if (one.user, one.workspace) == (user, workspace):
                return one
        return None


@dataclass
class Guard:
    """Who has shown a second factor."""

    proved: set[UserId] = field(default_factory=set)

    async def is_proved(self, principal: Principal) -> bool:
        return principal.user in self.proved


@dataclass
class Desk:
    store: MemoryApprovals = field(
        default_factory=lambda: MemoryApprovals(MemoryRuns(MemoryJournal()))
    )
    handed: MemoryDelegations = field(default_factory=MemoryDelegations)
    clock: FakeClock = field(default_factory=FakeClock)
    post: Postbox = field(default_factory=Postbox)
    people: Crowd = field(default_factory=Crowd)
    guard: Guard = field(default_factory=Guard)
    ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self.ids = Ids(self.clock, FakeChance())

    @property
    def delegations(self) -> Delegations:
        return Delegations(
            DelegationEdges(
                store=self.handed,
                approvals=self.store,
                people=self.people,
                authorizer=RULE,
                clock=self.clock,
                ids=self.ids,
            )
        )

    @property
    def approvals(self) -> Approvals:
        return Approvals(
            ApprovalEdges(
                store=self.store,
                authorizer=RULE,
                deliver=self.post,
                clock=self.clock,
                ids=self.ids,
                delegated=self.delegations,
                assurance=self.guard,
                fits=misfit,
            )
        )

    async def ask(
        self,
        terms: Terms = PLAIN,
        *,
        seconds: float | None = None,
        path: str = "/do/ask",
        payload: Json = None,
    ) -> Approval:
        """A run of Bob asks."""
        about = PAYLOAD if payload is None else payload
        question = Question(RunId("run_1"), path, f"approval:{path}", "Pay?", about, seconds, terms)
        return await self.approvals.ask(BOB, question)
