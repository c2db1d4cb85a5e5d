"""Descriptions that documents name: fetched, parsed once, kept while their text stays the same."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import anyio
import anyio.to_thread

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.bodies import as_object
from podium.workflows.calls.http import endpoint_of
from podium.workflows.calls.openapi.description import Description, described, read
from podium.workflows.calls.resources import Resource, Resources
from podium.workflows.calls.uris import encoded, filled
from podium.workflows.functions import Call

KEPT: Final = 16
KEPT_CHARACTERS: Final = 48 * 2**20
_QUICK: Final = 65_536


class Descriptions:
    """How long a text is kept before it is fetched again is the resources' business."""

    def __init__(self, resources: Resources) -> None:
        self._resources: Resources = resources
        self._parsed: OrderedDict[Resource, Description] = OrderedDict()
        self._lock: anyio.Lock = anyio.Lock()

    async def of(self, resource: Json, call: Call) -> Description:
        """Of {endpoint}: an address, a `data:` URI, or an expression that gave the description
        itself. Raises Invalid, and what `Resources.read` does.
        """
        given = as_object(resource)
        place = given.get("endpoint")
        inline = _inline(place)
        if inline is not None:
            return described(inline)
        endpoint = endpoint_of(place)
        uri = str(endpoint["uri"])
        if not uri.startswith("data:"):
            uri = encoded(filled(uri, as_object(call.input)))
        asked: JsonObject = {**given, "endpoint": {**endpoint, "uri": uri}}
        return await self._read(await self._resources.read(asked, call))

    async def _read(self, found: Resource) -> Description:
        async with self._lock:  # of many that come at once, one parses
            if found in self._parsed:
                self._parsed.move_to_end(found)
                return self._parsed[found]
            url = "" if found.uri.startswith("data:") else found.uri
            if len(found.text) <= _QUICK:
                made = read(found.text, url)
            else:
                made = await anyio.to_thread.run_sync(read, found.text, url)
            self._keep(found, made)
            return made

    def _keep(self, found: Resource, made: Description) -> None:
        self._parsed[found] = made
        while len(self._parsed) > 1 and (
            len(self._parsed) > KEPT
            or sum(len(each.text) for each in self._parsed) > KEPT_CHARACTERS
        ):
            _ = self._parsed.popitem(last=False)


def _inline(place: Json) -> JsonObject | None:
    """The description, where an expression gave it in the place of its address."""
    value = place.get("uri") if isinstance(place, Mapping) and "uri" in place else place
    if not isinstance(value, Mapping):
        return None
    if "openapi" not in value and "swagger" not in value:
        raise Invalid("The document's endpoint is neither an address nor an OpenAPI description.")
    return value
