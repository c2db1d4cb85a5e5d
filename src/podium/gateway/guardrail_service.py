"""The use cases of guardrails besides guarding: which there are, and what they say of a text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from podium.gateway.guardrails import GuardrailGuard
from podium.gateway.guards import Guards
from podium.governance.access import Action, Authorizer, Resource, require
from podium.governance.guardrails import At, Opinion, Rule, Seen
from podium.identity.principal import Principal
from podium.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Trial:
    """What one guardrail says of a text."""

    rule: Rule
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class Guardrails:
    """Of the configuration that is in force."""

    current: Callable[[], Guards]
    authorizer: Authorizer

    def list(self, principal: Principal) -> Sequence[Rule]:
        """Those of the caller's workspace. Raises Refused."""
        resource = Resource("guardrail", principal.workspace)
        require(self.authorizer, principal, Action.LIST, resource)
        return [guard.rule for guard in self._of(principal)]

    async def test(
        self, principal: Principal, text: str, at: At, *, name: str = ""
    ) -> Sequence[Trial]:
        """What they say of a text; all that look there, or the one of that name.

        Raises Refused, NotFound, and what a judge raises.
        """
        require(self.authorizer, principal, Action.USE, Resource("guardrail", principal.workspace))
        guards = [guard for guard in self._of(principal) if name in {"", guard.name}]
        if name and not guards:
            known = ", ".join(guard.name for guard in self._of(principal)) or "none"
            raise NotFound(f"There is no guardrail '{name}' (there are: {known}).")
        seen = Seen(at, [text], principal)
        return [
            Trial(guard.rule, await guard.tried(seen)) for guard in guards if at in guard.rule.at
        ]

    def _of(self, principal: Principal) -> Iterator[GuardrailGuard]:
        for guard in self.current().guards:
            if isinstance(guard, GuardrailGuard):
                spaces = guard.rule.workspaces
                if not spaces or principal.workspace in spaces:
                    yield guard
