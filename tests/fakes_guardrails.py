"""Guardrails of a podium of fakes: those that a test puts into `guards`."""

from podium.gateway.guardrail_service import Guardrails
from podium.gateway.guardrails import GuardrailGuard
from podium.gateway.guards import Guards
from podium.governance.access import Authorizer


class FakeGuardrails:
    """The real use cases over a list."""

    def __init__(self, authorizer: Authorizer) -> None:
        self.guards: list[GuardrailGuard] = []
        self._real: Guardrails = Guardrails(lambda: Guards(self.guards), authorizer)
        self.list = self._real.list
        self.test = self._real.test
