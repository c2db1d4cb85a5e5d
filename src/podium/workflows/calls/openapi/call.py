"""`call: openapi`: its arguments, the operation they name, and the answer as its output."""

from collections.abc import Mapping

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.answers import output
from podium.workflows.calls.authentication.policies import policy
from podium.workflows.calls.bodies import as_object
from podium.workflows.calls.openapi.descriptions import Descriptions
from podium.workflows.calls.openapi.operation import operation
from podium.workflows.calls.openapi.request import made
from podium.workflows.calls.sending import Sender
from podium.workflows.functions import Call


class OpenApiCall:
    def __init__(self, sender: Sender, descriptions: Descriptions) -> None:
        self._sender: Sender = sender
        self._descriptions: Descriptions = descriptions

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Raises what `Sender.send` does, and Invalid: the description cannot be read, there is no
        such operation, or the parameters are none of its own.
        """
        given = arguments.get("parameters")
        if given is not None and not isinstance(given, Mapping):
            raise Invalid("'parameters' has to be a mapping; its expression gave something else.")
        description = await self._descriptions.of(arguments.get("document"), call)
        named = operation(description, str(arguments["operationId"]))
        shown = policy(arguments.get("authentication"))
        ready = made(named, as_object(given), shown)
        delivery = await self._sender.send(
            ready.request.keyed(call.key),
            ready.policy,
            call=call,
            redirects=arguments.get("redirect") is True,
        )
        kind = str(arguments.get("output", "content"))
        return output(kind, delivery.request, delivery.answer)
