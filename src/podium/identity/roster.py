"""Who is who in which workspace, asked of the database at most every few seconds.

A change of roles is seen at once in the process that makes it, and after `FRESH_SECONDS` in the
others.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from podium.identity.known import FRESH_SECONDS
from podium.identity.organisation import Workspace
from podium.identity.ports import DirectoryStore
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.ids import UserId, WorkspaceId

_MOST = 50_000


@dataclass(slots=True)
class Roster:
    """A `Principals`."""

    directory: DirectoryStore
    clock: Clock
    _known: OrderedDict[tuple[UserId, WorkspaceId], tuple[Principal, float]] = field(
        default_factory=OrderedDict[tuple[UserId, WorkspaceId], tuple[Principal, float]]
    )
    _workspaces: tuple[Sequence[Workspace], float] = ((), float("-inf"))
    _changes: int = 0
    """Who read before it went up must not keep what it read."""

    async def principal(self, user: UserId, workspace: WorkspaceId) -> Principal:
        """Without roles for who is gone or disabled, and where the workspace is."""
        now, key = self.clock.monotonic(), (user, workspace)
        found, ends = self._known.get(key, (None, 0.0))
        if found is not None and now < ends:
            return found
        before = self._changes
        read = await self.directory.principal(user, workspace)
        principal = read or Principal(user, workspace, str(user))
        if self._changes != before:
            return principal
        self._known[key] = principal, now + FRESH_SECONDS
        self._known.move_to_end(key)
        if len(self._known) > _MOST:
            _ = self._known.popitem(last=False)
        return principal

    async def workspaces(self) -> Sequence[Workspace]:
        now = self.clock.monotonic()
        found, ends = self._workspaces
        if now >= ends:
            before = self._changes
            found = await self.directory.workspaces()
            if self._changes == before:
                self._workspaces = found, now + FRESH_SECONDS
        return found

    def forget(self) -> None:
        """Somebody, or a workspace, has changed."""
        self._changes += 1
        self._known.clear()
        self._workspaces = ((), float("-inf"))
