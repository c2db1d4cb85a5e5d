"""The use cases of the audit trail: list, show, verify, prove, export, rotate the key."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from podium.governance.access import Action, Authorizer, Resource, require
from podium.governance.audit import proofs
from podium.governance.audit.decisions import origin_of
from podium.governance.audit.events import Event, Stored, events_in
from podium.governance.audit.exports import Format, line
from podium.governance.audit.keys import PublicKey
from podium.governance.audit.notes import Checkpoint
from podium.governance.audit.ports import AuditStore, EntryQuery
from podium.governance.audit.proofs import Consistency, Proof
from podium.governance.audit.sealing import Sealer
from podium.governance.audit.trail import Trail
from podium.governance.audit.verification import Report, Verifier
from podium.identity.principal import Principal, Role
from podium.kernel.audit import Deed, Outcome
from podium.kernel.errors import Invalid, NotFound, Refused, Unavailable
from podium.kernel.paging import Page

_CHUNK: Final = 200
_MOST_CHUNKS: Final = 25
"""Rows that one page looks through: where few of them fit, a page has few items and a next one."""


@dataclass(frozen=True, slots=True)
class Edges:
    """`public` is the key from which the trail's signatures are followed; None where this podium
    does not know it.
    """

    store: AuditStore
    trail: Trail
    sealer: Sealer
    authorizer: Authorizer
    public: PublicKey | None
    release: str


_READERS: Final = frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR})


class Audit:
    """For few: what others do is sensitive itself."""

    def __init__(self, edges: Edges) -> None:
        self._edges: Edges = edges

    @property
    def trail(self) -> Trail:
        """Where others tell what they do."""
        return self._edges.trail

    @property
    def public_key(self) -> str:
        """Raises NotFound."""
        return str(self._first())

    async def list(
        self, principal: Principal, query: EntryQuery, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Event]:
        """Newest first. Raises Refused, Invalid for a cursor that is none."""
        self._require(principal)
        before, skip = _mark(cursor)
        found: list[Event] = []
        await self._edges.trail.flush()
        for _ in range(_MOST_CHUNKS):
            rows = await self._edges.store.list(query, before=before, limit=_CHUNK)
            for row in rows:
                fitting = [one for one in _newest_first(row) if _fits(one, query)][skip:]
                if len(found) + len(fitting) > limit:
                    taken = limit - len(found)
                    return Page((*found, *fitting[:taken]), f"{row.serial + 1}.{skip + taken}")
                found += fitting
                before, skip = row.serial, 0
            if len(rows) < _CHUNK:
                return Page(tuple(found))
        return Page(tuple(found), f"{before}.0")

    async def get(self, principal: Principal, event: str) -> Event:
        """Raises NotFound, Refused."""
        self._require(principal)
        return (await self._find(principal, event))[1]

    async def prove(self, principal: Principal, event: str) -> Proof:
        """Raises NotFound, Refused; Unavailable where it cannot be sealed yet."""
        self._require(principal)
        stored, _ = await self._find(principal, event)
        if stored.position is None:
            _ = await self._edges.sealer.seal()
            stored, _ = await self._find(principal, event)
        if stored.position is None:
            raise Unavailable("This entry is not sealed yet. Repeat the command in a moment.")
        return await proofs.inclusion(self._edges.store, stored, await self._newest())

    async def consistency(self, principal: Principal, old: Checkpoint) -> Consistency:
        """That the newest checkpoint begins with all of this one. Raises Refused, Invalid."""
        self._require(principal)
        return await proofs.consistency(self._edges.store, old, await self._newest())

    async def checkpoint(self, principal: Principal) -> Checkpoint:
        """Of all that is there now. Raises Refused, Unavailable."""
        self._require(principal)
        _ = await self._edges.sealer.seal()
        return await self._newest()

    async def verify(
        self, principal: Principal, pinned: Sequence[Checkpoint], key: PublicKey | None = None
    ) -> Report:
        """`key` is the first one of the trail, as it is known elsewhere. Raises Refused."""
        self._require(principal)
        _ = await self._edges.sealer.seal()
        return await Verifier(self._edges.store, key or self._first()).verify(pinned)

    async def export(
        self, principal: Principal, query: EntryQuery, form: Format
    ) -> AsyncIterator[str]:
        """Lines, the oldest event first. It is an event itself. Raises Refused."""
        self._require(principal, Action.EXPORT)
        await self._edges.trail.keep(
            [
                Deed(
                    action="audit.export",
                    kind="audit",
                    id="*",
                    outcome=Outcome.ALLOWED,
                    origin=origin_of(principal),
                    details={"format": form.value, "since": query.since, "until": query.until},
                )
            ]
        )
        return self._lines(query, form)

    async def rotate(self, principal: Principal) -> PublicKey:
        """Another key signs from now on. Raises Refused, Invalid."""
        self._require(principal, Action.CHANGE)
        made = await self._edges.sealer.rotate()
        if made.next_key is None:
            raise Unavailable("The key was not rotated. Repeat the command.")
        return made.next_key

    async def _lines(self, query: EntryQuery, form: Format) -> AsyncIterator[str]:
        after = 0
        while rows := await self._edges.store.oldest_first(query, after=after, limit=_CHUNK):
            for row in rows:
                for event in events_in(row.entry.body):
                    if _fits(event, query):
                        yield line(event, form, self._edges.release)
            after = rows[-1].serial

    def _first(self) -> PublicKey:
        if self._edges.public is None:
            raise NotFound(
                "This podium does not know the first key of its audit trail: another process made "
                "it. Copy audit.pub from its state folder, or name the key with --public-key."
            )
        return self._edges.public

    async def _newest(self) -> Checkpoint:
        newest = await self._edges.store.newest()
        if newest is None:
            raise NotFound("Nothing is sealed yet: the audit trail is empty.")
        return newest.checkpoint

    async def _find(self, principal: Principal, event: str) -> tuple[Stored, Event]:
        await self._edges.trail.flush()
        stored = await self._edges.store.find(principal.workspace, event)
        for one in () if stored is None else events_in(stored.entry.body):
            if stored is not None and one.id == event:
                return stored, one
        raise NotFound(f"There is no audit event {event[:80]}. `podium audit list` shows them.")

    def _require(self, principal: Principal, action: Action = Action.READ) -> None:
        """Raises Refused."""
        require(self._edges.authorizer, principal, action, Resource("audit", principal.workspace))
        if not principal.roles & _READERS:
            raise Refused(
                f"{principal.name} may not see the audit trail: an owner, admin or auditor may."
            )


def _newest_first(row: Stored) -> Sequence[Event]:
    return events_in(row.entry.body)[::-1]


def _fits(event: Event, query: EntryQuery) -> bool:
    wanted = (
        (query.action, event.action),
        (query.actor, event.actor),
        (query.resource, event.resource),
        (query.outcome, event.outcome),
    )
    return all(value is None or value == has for value, has in wanted) and (
        (query.since is None or event.at >= query.since)
        and (query.until is None or event.at < query.until)
    )


def _mark(cursor: str | None) -> tuple[int | None, int]:
    """The row before which the page begins, and how many events of the next one it leaves out."""
    if cursor is None:
        return None, 0
    serial, _, skip = cursor.partition(".")
    if not (serial.isdecimal() and skip.isdecimal() and len(cursor) < 40):  # noqa: PLR2004
        raise Invalid("The cursor is none of this list. Leave it out to begin with the first page.")
    return int(serial), int(skip)
