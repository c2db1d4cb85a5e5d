"""The guards of the gateway, out of what podium.yaml says."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from podium.gateway.guardrails import GuardrailGuard
from podium.gateway.guards import Guard, Guards
from podium.gateway.live import LiveGateway
from podium.gateway.masking.guard import MaskingGuard
from podium.gateway.masking.ports import TextForm
from podium.governance.guardrails import Means
from podium.governance.masking.own import own_pack
from podium.governance.masking.pack import PACK
from podium.guardrails.shelf import made
from podium.identity.principal import Principal
from podium.kernel.errors import Invalid, NotFound
from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject
from podium.protocols.texts.chat import ChatTexts
from podium.protocols.texts.messages import MessageTexts
from podium.protocols.texts.responses import ResponseTexts
from podium.settings import Settings
from podium.settings.guardrails import guardrail_rules
from podium.settings.masking import own_entities, policies
from podium.workflows.functions import Call, Function, Pure

FORMS: Final[Mapping[str, TextForm]] = {
    "openai_chat": ChatTexts(),
    "openai_responses": ResponseTexts(),
    "anthropic_messages": MessageTexts(),
}
_PATIENCE: Final = 30.0
"""Seconds for a guard: one of them may ask a model."""
_FUNCTION_SECONDS: Final = 5.0


class LateMeans:
    """Guardrails ask models through the gateway that they guard, and functions that come later."""

    def __init__(self) -> None:
        self._gateways: list[LiveGateway] = []
        self._functions: Mapping[str, Function] = {}

    def made(self, gateway: LiveGateway) -> None:
        self._gateways.append(gateway)

    def know(self, functions: Mapping[str, Function]) -> None:
        self._functions = functions

    @property
    def means(self) -> Means:
        return Means(self, self)

    async def chat(self, principal: Principal, request: JsonObject) -> JsonObject:
        answer, _ = await self._gateways[0].chat(principal, request)
        return answer

    async def embed(
        self, principal: Principal, model: str, texts: Sequence[str]
    ) -> Sequence[Sequence[float]]:
        asked: JsonObject = {"model": model, "input": list(texts)}
        answer, _ = await self._gateways[0].embed(principal, asked)
        rows = cast("Sequence[Mapping[str, Json]]", answer["data"])
        return [cast("Sequence[float]", row["embedding"]) for row in rows]

    def call(self, principal: Principal, name: str, arguments: JsonObject) -> Json:
        function = self._functions.get(name)
        if function is None:
            raise NotFound(f"There is no function '{name}' for a guardrail to call.")
        if not isinstance(function.body, Pure):
            raise Invalid(f"The function '{name}' does more than compute: no guardrail calls it.")
        return function.body.run(arguments, Call(RunId(""), name, principal, _FUNCTION_SECONDS))


def guards(settings: Settings, late: LateMeans) -> Guards:
    """Guardrails see questions before they are masked, and answers when they are whole again.

    Raises Invalid for entities that cannot be looked for, and guardrails that cannot be meant.
    """
    section = settings.masking
    routes = {name: entry.masking for name, entry in settings.routes.items()}
    pack = own_pack(PACK, own_entities(section))
    masking = MaskingGuard(policies(section, routes), FORMS, pack=pack)
    found: list[Guard] = [
        GuardrailGuard(rule, made(rule, late.means), FORMS)
        for rule in guardrail_rules(settings.guardrails)
    ]
    return Guards((*found, masking), _PATIENCE)
