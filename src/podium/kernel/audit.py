"""What has to be known of who did what: deeds, and the unit of work in which they are done.

A deed is told where it is decided or done, and stored where the action is stored: a transaction
takes along what is due in its unit. So no use case carries deeds around, and none can store one
without the other. Whoever opened the unit (a request of the API) sees to what is left at its end.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from enum import StrEnum

from podium.kernel.ids import WorkspaceId
from podium.kernel.json import Json


class Outcome(StrEnum):
    """What came of it; `denied` is that it was not allowed, `failed` that it went wrong."""

    ALLOWED = "allowed"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` is `user`, `run`, `system` or `unknown`; `via` is the API key that it came with."""

    kind: str
    id: str = ""
    via: str = ""


SYSTEM = Actor("system", "podium")
UNKNOWN = Actor("unknown")
_NONE = WorkspaceId("")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks, from where: `source` is a network address, `request` and `trace` are ids."""

    actor: Actor = SYSTEM
    workspace: WorkspaceId = _NONE
    source: str = ""
    request: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """`action` is `kind.verb`, as key.rotate. `policy` is the rule by which it was decided.

    `details` hold ids, counts and digests: never a secret, and no personal data in clear.
    """

    action: str
    kind: str
    id: str
    outcome: Outcome = Outcome.ALLOWED
    policy: str = ""
    origin: Origin = field(default_factory=Origin)
    details: Mapping[str, Json] = field(default_factory=dict[str, Json])


class Unit:
    """The deeds of one unit of work that are not stored yet."""

    def __init__(self, origin: Origin) -> None:
        self.origin: Origin = origin
        self.denied: bool = False
        """Whether something was not allowed, and that is told."""
        self._due: list[Deed] = []

    def known(self, actor: Actor, workspace: WorkspaceId) -> None:
        """From now on it is known who asks."""
        self.origin = replace(self.origin, actor=actor, workspace=workspace)

    def decided(self, deed: Deed) -> None:
        self.denied = self.denied or deed.outcome is Outcome.DENIED
        self._due.append(deed)

    def done(self, deed: Deed) -> None:
        """What was decided has been done: one event for both, with the rule of the decision."""
        for index in range(len(self._due) - 1, -1, -1):
            decision = self._due[index]
            if _is_of(decision, deed):
                del self._due[index]
                self._due.append(replace(deed, policy=deed.policy or decision.policy))
                return
        self._due.append(deed)

    def take(self) -> tuple[Deed, ...]:
        taken, self._due = tuple(self._due), []
        return taken

    def undone(self, deeds: tuple[Deed, ...]) -> None:
        """The transaction that was to store these, and what is due, was undone."""
        self._due = [
            replace(deed, outcome=Outcome.FAILED) if deed.outcome is Outcome.ALLOWED else deed
            for deed in (*deeds, *self._due)
        ]


def _is_of(decision: Deed, deed: Deed) -> bool:
    return (
        decision.kind == deed.kind
        and decision.id in {deed.id, "*"}
        and decision.outcome is Outcome.ALLOWED
        and not decision.action.endswith(".read")
    )


_unit: ContextVar[Unit | None] = ContextVar("podium_audit_unit", default=None)


@contextmanager
def unit(origin: Origin) -> Generator[Unit]:
    """Until it is left, what is told in this context belongs to this unit."""
    opened = Unit(origin)
    token = _unit.set(opened)
    try:
        yield opened
    finally:
        _unit.reset(token)


@contextmanager
def joined() -> Generator[Unit]:
    """The unit of this context; one of podium itself where there is none."""
    here = _unit.get()
    if here is not None:
        yield here
        return
    with unit(Origin()) as own:
        yield own


def current() -> Unit | None:
    return _unit.get()


@dataclass(frozen=True, slots=True)
class Thing:
    """What something is done to."""

    kind: str
    id: str
    workspace: WorkspaceId


def tell(verb: str, thing: Thing, **details: Json) -> None:
    """Within a transaction: this is done in it. It is stored with it, or not at all."""
    here = _unit.get()
    if here is None:
        return
    origin = here.origin
    if not origin.workspace:
        origin = replace(origin, workspace=thing.workspace)
    action = f"{thing.kind}.{verb}"
    here.done(Deed(action, thing.kind, thing.id, origin=origin, details=details))


def taken(deed: Deed) -> tuple[Deed, ...]:
    """Take it, in place of its decision, and what else is due: for a transaction of somebody
    else, which stores them. Outside of a unit it alone.
    """
    with joined() as here:
        here.done(deed)
        return here.take()
