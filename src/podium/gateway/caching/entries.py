"""What the cache keeps, under which key, and which part of it is meant."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import quote

from podium.gateway.requests import Reply
from podium.kernel.ids import WorkspaceId

OVERHEAD = 1_024
"""Bytes that an entry takes in memory besides its answer, about."""


def place(workspace: WorkspaceId, route: str, scope: str, *, holder: str) -> str:
    return "/".join(quote(part, safe="") for part in (workspace, route, scope, holder))


@dataclass(frozen=True, slots=True)
class Key:
    """`place` says whose it is: `workspace/route/scope/holder`, each part quoted.

    `digest` is the SHA-256 of all that determines the answer, the place among it.
    """

    place: str
    digest: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole answer and when it was given, in seconds since 1970."""

    reply: Reply
    stored_at: float

    @property
    def size(self) -> int:
        return len(self.reply.body) + OVERHEAD


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what is kept for a workspace; what is empty is not looked at."""

    workspace: WorkspaceId
    route: str = ""
    scope: str = ""
    holder: str = ""

    @property
    def pattern(self) -> str:
        """As a glob over places: quoted names hold nothing that a glob minds."""
        parts = (self.workspace, self.route, self.scope, self.holder)
        return "/".join(quote(part, safe="") or "*" for part in parts)

    def has(self, where: str) -> bool:
        return fnmatchcase(where, self.pattern)
