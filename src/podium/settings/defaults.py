"""What there is without a file: models that run in podium, and routes to them.

They are there beside a file as well, so that a first provider can be added without losing what
worked; a name that the file gives is the file's.
"""

from podium.gateway.models import Capability
from podium.settings.model import Settings
from podium.settings.providing import ModelEntry
from podium.settings.routes import RouteEntry

MODELS = {
    "local/smollm2": ModelEntry(
        provider="local",
        model="smollm2",
        capabilities=[Capability.CHAT, Capability.JSON_SCHEMA],
    ),
    "local/needle": ModelEntry(
        provider="local", model="needle", capabilities=[Capability.CHAT, Capability.TOOLS]
    ),
    "local/e5-small": ModelEntry(
        provider="local", model="e5-small", capabilities=[Capability.EMBEDDINGS]
    ),
}
ROUTES = {
    "default": RouteEntry(targets=["local/smollm2"]),
    "embed": RouteEntry(targets=["local/e5-small"]),
    "extract": RouteEntry(targets=["local/needle"]),
}


def completed(settings: Settings) -> Settings:
    taken = {*settings.models, *settings.routes}
    models = {name: entry for name, entry in MODELS.items() if name not in taken}
    routes = {name: entry for name, entry in ROUTES.items() if name not in taken}
    return settings.model_copy(
        update={
            "models": {**settings.models, **models},
            "routes": {**settings.routes, **routes},
        }
    )
