"""Policies that admins write: checked, kept as versions, rolled back, tried out and explained."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from podium.governance.policies.bundle import Bundle, Verdict
from podium.governance.policies.kinds import KINDS
from podium.governance.policies.ports import PolicyStore, PolicyVersion
from podium.governance.policies.rule import CedarRule, decided
from podium.identity.access import Action, Allow, Authorizer, Decision, Resource, require
from podium.identity.organisation import Binding
from podium.identity.ports import DirectoryStore
from podium.identity.principal import ORGANISATION, Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from podium.kernel.ids import UserId

FOLLOW_SECONDS: Final = 3.0
"""Within so much time policies that another process stored hold here too."""
_MOST_VERSIONS: Final = 200
_LONGEST_NOTE: Final = 200
_POLICY: Final = Resource("policy", ORGANISATION)
NO_VERSION: Final = PolicyVersion(0, "", 0.0, "", "")
"""Where nobody wrote policies: the built-in ones hold alone."""


@dataclass(frozen=True, slots=True)
class Question:
    """May `user` do `action` to this? `kind` and `id` as in the reference of actions."""

    user: UserId
    action: Action
    kind: str
    id: str = "*"
    owner: UserId | None = None
    operation: str = ""

    def resource(self, principal: Principal) -> Resource:
        """Of the caller's workspace, or of the organisation for what belongs to that."""
        place = ORGANISATION if self.kind in _OF_ALL else principal.workspace
        return Resource(self.kind, place, self.id, self.owner, self.operation)


_OF_ALL: Final = frozenset({"organisation", "group", "policy", "user", "workspace"})


@dataclass(frozen=True, slots=True)
class Explanation:
    """`bindings` are those that gave the roles which the decision was made with."""

    decision: Decision
    verdict: Verdict
    roles: tuple[str, ...]
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    question: Question
    allowed: bool


@dataclass(frozen=True, slots=True)
class Edges:
    store: PolicyStore
    directory: DirectoryStore
    rule: CedarRule
    authorizer: Authorizer
    clock: Clock


class Policies:
    def __init__(self, edges: Edges) -> None:
        self._edges: Edges = edges
        self._number: int = 0

    async def load(self) -> None:
        """At the start. Raises Invalid where the stored policies are not for this podium."""
        latest = await self._edges.store.latest()
        if latest is not None and latest.number != self._number:
            self._edges.rule.use(Bundle.of(latest.text))
            self._number = latest.number

    async def run(self) -> None:
        """For ever: what another process stored holds here too. What cannot be read is tried again;
        until then those hold that held before.
        """
        while True:
            await self._edges.clock.sleep(FOLLOW_SECONDS)
            try:
                await self.load()
            except (Unavailable, Invalid):
                continue

    async def current(self, principal: Principal) -> PolicyVersion:
        self._require(principal, Action.READ)
        return await self._edges.store.latest() or NO_VERSION

    async def versions(self, principal: Principal) -> tuple[PolicyVersion, ...]:
        """The newest 200 first."""
        self._require(principal, Action.LIST)
        return await self._edges.store.list(most=_MOST_VERSIONS)

    async def version(self, principal: Principal, number: int) -> PolicyVersion:
        """Raises NotFound."""
        self._require(principal, Action.READ)
        return await self._edges.store.get(number)

    async def check(self, principal: Principal, text: str) -> None:
        """Raises Invalid."""
        self._require(principal, Action.READ)
        _ = Bundle.of(text)

    async def put(
        self, principal: Principal, text: str, note: str = "", *, seen: int | None = None
    ) -> PolicyVersion:
        """They hold at once. `seen` is the number of the version that was changed.

        Raises Invalid; Conflict where somebody else changed them meanwhile; Refused where the
        caller could not change them back.
        """
        self._require(principal, Action.CHANGE)
        latest = await self._edges.store.latest() or NO_VERSION
        if seen not in {None, latest.number}:
            raise Conflict(
                f"The policies were changed since version {seen}: there is {latest.number} now. "
                "Look at it, and put yours again."
            )
        bundle = Bundle.of(text)
        _refuse_lockout(bundle, principal)
        version = PolicyVersion(
            number=latest.number + 1,
            text=text,
            created_at=self._edges.clock.now(),
            created_by=principal.user,
            note=" ".join(note.split())[:_LONGEST_NOTE],
        )
        await self._edges.store.add(version)
        self._edges.rule.use(bundle)
        self._number = version.number
        return version

    async def rollback(self, principal: Principal, number: int) -> PolicyVersion:
        """The policies of that version, as a new one; 0 for the built-in ones alone.

        Raises NotFound, Refused, Invalid.
        """
        self._require(principal, Action.CHANGE)
        old = NO_VERSION if number == 0 else await self._edges.store.get(number)
        return await self.put(principal, old.text, f"Back to version {number}.")

    async def explain(
        self, principal: Principal, question: Question, text: str | None = None
    ) -> Explanation:
        """By the policies in force, or by those of `text`. Raises NotFound, Refused, Invalid."""
        self._require(principal, Action.READ)
        bundle = self._edges.rule.bundle if text is None else Bundle.of(text)
        asked, resource = await self._person(principal, question.user), question.resource(principal)
        _check_question(question)
        roles = asked.roles_for(resource.workspace, resource.owner)
        bindings = tuple([one async for one in self._bindings(asked) if one.role in roles])
        return Explanation(
            decision=decided(bundle, asked, question.action, resource=resource),
            verdict=bundle.ask(asked, question.action, resource),
            roles=tuple(sorted(roles)),
            bindings=bindings,
        )

    async def failing(
        self, principal: Principal, expectations: Sequence[Expectation], text: str | None = None
    ) -> tuple[tuple[int, Explanation], ...]:
        """Those that do not come true, by their place in the list. Raises as `explain`."""
        found: list[tuple[int, Explanation]] = []
        for index, one in enumerate(expectations):
            explained = await self.explain(principal, one.question, text)
            if isinstance(explained.decision, Allow) is not one.allowed:
                found.append((index, explained))
        return tuple(found)

    async def matrix(
        self, principal: Principal
    ) -> Mapping[UserId, Mapping[str, tuple[Action, ...]]]:
        """Who may do what here to things of others: for each user the actions by kind."""
        self._require(principal, Action.READ)
        found: dict[UserId, Mapping[str, tuple[Action, ...]]] = {}
        for user in await self._edges.directory.users():
            asked = await self._edges.directory.principal(user.id, principal.workspace)
            if asked is not None and (asked.roles or asked.over):
                found[user.id] = dict(self._may(asked))
        return found

    def _may(self, asked: Principal) -> Iterator[tuple[str, tuple[Action, ...]]]:
        for kind, actions in KINDS.items():
            place = ORGANISATION if kind in _OF_ALL else asked.workspace
            every = Resource(kind, place)
            yield (
                kind,
                tuple(
                    one
                    for one in actions
                    if isinstance(self._edges.rule.decide(asked, one, every), Allow)
                ),
            )

    async def _person(self, principal: Principal, user: UserId) -> Principal:
        found = await self._edges.directory.principal(user, principal.workspace)
        if found is None:
            raise NotFound(f"There is no user {user[:80]} who may come in. `podium users list`.")
        return found

    async def _bindings(self, asked: Principal) -> AsyncIterator[Binding]:
        directory = self._edges.directory
        places = (ORGANISATION, asked.workspace)
        groups = [one for place in places for one in await directory.groups(place)]
        names = asked.groups | asked.teams
        subjects = {asked.user, *(one.id for one in groups if one.name in names)}
        for place in places:
            for one in await directory.bindings(place):
                if one.subject in subjects:
                    yield one

    def _require(self, principal: Principal, action: Action) -> None:
        require(self._edges.authorizer, principal, action, _POLICY)


def _refuse_lockout(bundle: Bundle, principal: Principal) -> None:
    for action in (Action.READ, Action.CHANGE):
        decision = decided(bundle, principal, action, resource=_POLICY)
        if not isinstance(decision, Allow):
            raise Refused(
                f"With these policies you could not {action} policies any more ({decision.rule}), "
                "so that nobody might undo them. Permit it, and put them again."
            )


def _check_question(question: Question) -> None:
    if question.kind not in KINDS:
        raise Invalid(
            f"There is nothing of the kind '{question.kind[:40]}'. There are {', '.join(KINDS)}."
        )
