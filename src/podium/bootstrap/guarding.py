"""The guards of the gateway, out of what podium.yaml says."""

from collections.abc import Mapping
from typing import Final

from podium.gateway.guards import Guards
from podium.gateway.masking.guard import MaskingGuard
from podium.gateway.masking.ports import TextForm
from podium.governance.masking.own import own_pack
from podium.governance.masking.pack import PACK
from podium.protocols.texts.chat import ChatTexts
from podium.protocols.texts.messages import MessageTexts
from podium.protocols.texts.responses import ResponseTexts
from podium.settings import Settings
from podium.settings.masking import own_entities, policies

FORMS: Final[Mapping[str, TextForm]] = {
    "openai_chat": ChatTexts(),
    "openai_responses": ResponseTexts(),
    "anthropic_messages": MessageTexts(),
}


def guards(settings: Settings) -> Guards:
    """Raises Invalid for entities that cannot be looked for."""
    section = settings.masking
    routes = {name: entry.masking for name, entry in settings.routes.items()}
    pack = own_pack(PACK, own_entities(section))
    return Guards((MaskingGuard(policies(section, routes), FORMS, pack=pack),))
