"""The audit trail with all that it needs."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import anyio

from podium.adapters.auditing.keys import FileKeys, GivenKey, trusted
from podium.adapters.auditing.outlets import FileOutlet, WebOutlet
from podium.adapters.http.client import HttpClient
from podium.governance.access import Authorizer
from podium.governance.audit.decisions import AuditedAuthorizer
from podium.governance.audit.keys import PublicKey
from podium.governance.audit.ports import AuditStore, KeyRing, Outlet
from podium.governance.audit.sealing import Sealer
from podium.governance.audit.service import Audit, Edges
from podium.governance.audit.trail import Trail
from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid
from podium.settings import Settings


@dataclass(frozen=True, slots=True)
class Auditing:
    """`authorizer` tells what it decides."""

    trail: Trail
    sealer: Sealer
    audit: Audit
    authorizer: Authorizer
    every: float

    async def run(self) -> None:
        """Until cancelled."""
        async with anyio.create_task_group() as group:
            _ = group.start_soon(self.trail.run)
            _ = group.start_soon(self.sealer.run, self.every)

    async def close(self) -> None:
        """What was told last is stored and sealed. Raises Unavailable."""
        await self.trail.flush()
        _ = await self.sealer.seal()


@dataclass(frozen=True, slots=True)
class AuditAround:
    """What the rest of podium lends."""

    folder: Path
    store: AuditStore
    clock: Clock
    http: HttpClient
    authorizer: Authorizer


async def open_auditing(settings: Settings, around: AuditAround) -> Auditing:
    """Raises Invalid for a key that is none."""
    store, clock = around.store, around.clock
    given = settings.audit.key
    keys: KeyRing = GivenKey(settings.reveal(given)) if given else FileKeys(around.folder)
    trail = Trail(store, clock)
    authorizer = AuditedAuthorizer(around.authorizer, trail, clock)
    sealer = Sealer(store, keys, clock, outlets=_outlets(settings, around.http))
    first = await _first_key(around, keys)
    edges = Edges(store, trail, sealer, authorizer, first, version("podium"))
    return Auditing(trail, sealer, Audit(edges), authorizer, settings.audit.every)


async def _first_key(around: AuditAround, keys: KeyRing) -> PublicKey | None:
    """None where another process's folder has the key of this trail."""
    newest = await around.store.newest()
    name = None if newest is None else newest.checkpoint.origin
    try:
        return trusted(around.folder, keys.keys(name)[0].public)
    except Invalid:
        if name is None:
            raise
        return None


def _outlets(settings: Settings, http: HttpClient) -> list[Outlet]:
    return [
        WebOutlet(place, http)
        if place.startswith(("https://", "http://"))
        else FileOutlet(settings.beside(place))
        for place in settings.audit.checkpoints
    ]
