"""Which requests are equal, and for whom."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from podium.gateway.caching.control import ANY, Control
from podium.gateway.caching.entries import Key, place
from podium.gateway.caching.rules import CacheScope
from podium.gateway.models import Route
from podium.gateway.requests import Request
from podium.identity.principal import Principal
from podium.kernel.ids import WorkspaceId

IDLE = frozenset(
    {
        "stream",
        "stream_options",
        "user",
        "metadata",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
    }
)
"""Fields that say how an answer is sent, who pays or what the provider keeps: not what it is."""

_FORMAT = b"2"
"""Another one leaves all that is kept behind."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with all that the cache wants to know of it. `key` and `team` are ids, empty where
    the caller has none.
    """

    request: Request
    principal: Principal
    route: Route
    control: Control = ANY
    key: str = ""
    team: str = ""


def owner(asked: Asked, scope: CacheScope) -> str:
    """Whose answers it may get; empty where the caller is not in such a scope."""
    match scope:
        case CacheScope.WORKSPACE:
            return asked.principal.workspace
        case CacheScope.USER:
            return asked.principal.user
        case CacheScope.TEAM:
            return asked.team
        case CacheScope.KEY:
            return asked.key
        case CacheScope.SESSION:
            return _session(asked.principal.user, asked.request.session)


def key_of(asked: Asked, scope: CacheScope, holder: str) -> Key:
    """A number and the same number with a point are two; everything else is as JSON has it."""
    request, route = asked.request, asked.route
    where = _place(asked.principal.workspace, route.name, scope, holder=holder)
    told = {name: value for name, value in request.fields.items() if name not in IDLE}
    digest = hashlib.sha256(
        b"\0".join(
            (
                _FORMAT,
                where.encode(),
                request.protocol.encode(),
                request.operation.encode(),
                "\0".join([target.model.place for target in route.targets]).encode(),
                msgspec.json.encode(told, order="deterministic"),
                msgspec.json.encode(request.headers, order="deterministic"),
            )
        )
    )
    return Key(where, digest.hexdigest())


@lru_cache(maxsize=4096)
def _place(workspace: WorkspaceId, route: str, scope: CacheScope, *, holder: str) -> str:
    return place(workspace, route, scope, holder=holder)


def _session(user: str, session: str) -> str:
    """Callers choose their session's name: it counts for the same user alone."""
    if not session:
        return ""
    return hashlib.sha256(f"{user}\0{session}".encode(errors="surrogatepass")).hexdigest()[:32]
