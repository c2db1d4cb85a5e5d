"""The authorizer: a bundle of policies, and what it answered of late.

An answer depends on nothing but the caller, the action, the thing and the policies. A caller whose
roles change is another caller (`identity.roster`), and other policies begin with no answers.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from podium.governance.policies.bundle import Bundle, Verdict
from podium.identity.access import Action, Allow, Decision, Deny, Resource
from podium.identity.principal import ORGANISATION, Principal

MOST_ANSWERS: Final = 50_000

_ELSEWHERE: Final = Deny("other-workspace", "It belongs to another workspace.")
Decide = Callable[[Principal, Action, Resource], Decision]


class CedarRule:
    """An `Authorizer`."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle: Bundle = bundle
        self._answers: Decide = self._remembering(bundle)

    def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        return self._answers(principal, action, resource)

    def use(self, bundle: Bundle) -> None:
        """From now on these policies decide."""
        self.bundle, self._answers = bundle, self._remembering(bundle)

    @staticmethod
    def _remembering(bundle: Bundle) -> Decide:
        @lru_cache(MOST_ANSWERS)
        def decide(principal: Principal, action: Action, resource: Resource) -> Decision:
            return decided(bundle, principal, action, resource=resource)

        return decide


def decided(
    bundle: Bundle, principal: Principal, action: Action, *, resource: Resource
) -> Decision:
    """Whatever policies say, nobody reaches into another workspace."""
    if resource.workspace not in {principal.workspace, ORGANISATION}:
        return _ELSEWHERE
    verdict = bundle.ask(principal, action, resource)
    if verdict.allowed:
        return Allow(" ".join(verdict.policies))
    return Deny(
        " ".join(verdict.policies) or "no policy",
        _reason(verdict, principal, action, resource=resource),
    )


def _reason(verdict: Verdict, principal: Principal, action: Action, *, resource: Resource) -> str:
    who, kind = principal.name, resource.kind.replace("_", " ")
    where = " of the organisation" if resource.workspace == ORGANISATION else ""
    said = f"{who} may not {action} this {kind}{where}"
    if verdict.errors:
        return f"{said}: the policies could not be computed. Ask an admin to look at them."
    if verdict.policies:
        names = ", ".join(f"'{one}'" for one in verdict.policies)
        return f"{said}: forbidden by the policy {names}. Ask an admin of the workspace."
    roles = ", ".join(sorted(principal.roles_for(resource.workspace, resource.owner))) or "no role"
    return f"{said}: no policy permits it to {roles}. Ask an admin of the workspace."
