"""An authorizer whose decisions are told: every one that denies, and of those that allow what
changes something or shows what is sensitive.
"""

from collections import OrderedDict
from typing import Final

from podium.governance.access import Action, Allow, Authorizer, Decision, Resource
from podium.governance.audit.trail import AuditTrail
from podium.identity.principal import Principal
from podium.kernel.audit import Actor, Deed, Origin, Outcome, current
from podium.kernel.clock import Clock

SENSITIVE: Final = frozenset({"run", "approval", "payload", "secret", "audit"})
"""Kinds whose reading shows what somebody entrusted to podium."""

_QUIET: Final = frozenset({Action.USE, Action.LIST})
"""Allowed ones are known otherwise: a call to a model by its own event; lists hold no payloads."""

_AGAIN_SECONDS: Final = 60.0
_MOST_KNOWN: Final = 10_000


class AuditedAuthorizer:
    """Asks another one. Who reads the same thing again within a minute is told once."""

    def __init__(self, inner: Authorizer, trail: AuditTrail, clock: Clock) -> None:
        self._inner: Authorizer = inner
        self._trail: AuditTrail = trail
        self._clock: Clock = clock
        self._read: OrderedDict[tuple[str, str, str], float] = OrderedDict()

    def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        decision = self._inner.decide(principal, action, resource)
        if isinstance(decision, Allow):
            if self._is_news(principal, action, resource):
                self._tell(principal, action, resource, decision=decision)
        else:
            self._tell(principal, action, resource, decision=decision)
        return decision

    def _is_news(self, principal: Principal, action: Action, resource: Resource) -> bool:
        if action in _QUIET or (action is Action.CREATE and current() is None):
            return False  # what podium creates by itself is told where it is stored
        if action is not Action.READ:
            return True
        if resource.kind not in SENSITIVE:
            return False
        now, what = self._clock.monotonic(), (principal.user, resource.kind, resource.id)
        if now < self._read.get(what, 0.0):
            return False
        self._read[what] = now + _AGAIN_SECONDS
        self._read.move_to_end(what)
        if len(self._read) > _MOST_KNOWN:
            _ = self._read.popitem(last=False)
        return True

    def _tell(
        self, principal: Principal, action: Action, resource: Resource, *, decision: Decision
    ) -> None:
        self._trail.record(
            Deed(
                action=f"{resource.kind}.{action}",
                kind=resource.kind,
                id=resource.id,
                outcome=Outcome.ALLOWED if isinstance(decision, Allow) else Outcome.DENIED,
                policy=decision.rule,
                origin=origin_of(principal),
            )
        )


def actor_of(principal: Principal) -> Actor:
    return Actor("user", principal.user, principal.key.id if principal.key else "")


def origin_of(principal: Principal) -> Origin:
    """As the unit knows it, where the principal is who asks in it."""
    here = current()
    actor = actor_of(principal)
    if here is None:
        return Origin(actor, principal.workspace)
    told = here.origin
    return Origin(actor, principal.workspace, told.source, told.request, told.trace)
