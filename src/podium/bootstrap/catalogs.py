"""Fetches the functions and schemas of documents, through the same door as every call."""

from podium.identity.principal import Principal
from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.resources import Resources
from podium.workflows.functions import Call

SECONDS = 15.0


class FetchedCatalogs:
    """`Catalogs` of the workflows, on behalf of the folder's owner: no run has begun yet."""

    def __init__(self, resources: Resources, principal: Principal) -> None:
        self._resources: Resources = resources
        self._principal: Principal = principal

    async def fetch(self, uri: str, authentication: JsonObject) -> str:
        endpoint: dict[str, Json] = {"uri": uri}
        if authentication:
            endpoint["authentication"] = authentication
        call = Call(RunId(""), "", self._principal, SECONDS)
        found = await self._resources.read({"endpoint": endpoint}, call)
        return found.text
