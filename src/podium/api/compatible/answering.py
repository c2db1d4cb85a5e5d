"""One request: who asks, what is asked, and the answer or the refusal in its protocol."""

from typing import Final

import msgspec

from podium.api import errors
from podium.api.bodies import decode
from podium.api.compatible.addresses import Address
from podium.api.compatible.exchange import JSON, Incoming, Outgoing, Streamed, Whole
from podium.api.door import Door
from podium.api.edge import Hosts
from podium.api.errors import Incident
from podium.api.ports import Podium
from podium.api.signin import Doorkeeper, Visit
from podium.gateway.forms import read_form
from podium.gateway.models import Operation
from podium.gateway.requests import Request
from podium.identity.principal import Principal
from podium.kernel.errors import Invalid, PodiumError, Problem
from podium.kernel.json import JsonObject

_TAG: Final = "x-podium-tag-"
_SESSION: Final = "x-podium-session"
_CALL: Final = "x-request-id"


class Answering:
    """Raises nothing but cancellation: what goes wrong is told to the caller."""

    def __init__(self, podium: Podium, door: Door) -> None:
        self._podium: Podium = podium
        self._door: Door = door
        self._hosts: Hosts = Hosts(door)
        self._doorkeeper: Doorkeeper = Doorkeeper(podium.identity)

    @property
    def most(self) -> int:
        """Bytes of a body."""
        return self._door.max_body_bytes

    async def answer(self, incoming: Incoming, who: Principal | None = None) -> Outgoing:
        """`who` is None for somebody who has not been asked yet who they are, nor for whom they
        came.
        """
        try:
            principal = who or self._recognised(incoming) or await self._admitted(incoming)
            request = self._request(incoming)
            if request.stream:
                stream = await self._podium.gateway.open(principal, request)
                told = {_CALL: stream.call_id, **stream.headers}
                return Streamed(told, stream, incoming.address)
            answered = await self._podium.gateway.answer(principal, request)
            told = {_CALL: answered.record.id, **answered.headers}
            return Whole(200, told, answered.reply.body, answered.reply.content_type)
        except PodiumError as error:
            return self.refused(incoming.address, error)
        except Exception as raised:  # noqa: BLE001 - the process's edge
            return self.refused(incoming.address, self.cut_off(incoming.address, raised))

    def refused(self, address: Address, error: PodiumError) -> Whole:
        said = msgspec.json.encode(self._podium.dialects[address.protocol].error(error))
        headers = errors.headers_of(error, address.protocol)
        return Whole(errors.status_in_dialect(error), headers, said)

    def cut_off(self, address: Address, raised: Exception) -> Incident:
        """Log it: nobody expected it."""
        return errors.logged(raised, f"POST {address.path}")

    def broken_off(self, address: Address, error: PodiumError) -> bytes:
        """The last words of a stream that has begun and cannot go on."""
        return self._podium.dialects[address.protocol].writer({}).error(error)

    def _recognised(self, incoming: Incoming) -> Principal | None:
        """Who showed the same key a moment ago."""
        self._hosts.check(incoming.headers.get("host", ""))
        return self._doorkeeper.at_once(incoming.headers, incoming.address.path)

    async def _admitted(self, incoming: Incoming) -> Principal:
        visit = Visit("POST", incoming.scheme, incoming.address.path, incoming.client)
        return await self._doorkeeper.admit(incoming.headers, visit)

    def _request(self, incoming: Incoming) -> Request:
        address, headers = incoming.address, incoming.headers
        kind = headers.get("content-type", JSON)
        fields = self._form(incoming, kind) if address.form else self._fields(incoming.body)
        if address.model and "model" not in fields:
            fields = {**fields, "model": address.model}
        return Request(
            protocol=address.protocol,
            operation=address.operation,
            fields=fields,
            body=incoming.body,
            content_type=kind,
            stream=address.operation is Operation.CHAT and _wants_stream(fields),
            session=headers.get(_SESSION),
            headers=headers.these(address.forwards),
            cache_control=headers.get("cache-control"),
            tags=headers.beginning(_TAG),
        )

    def _form(self, incoming: Incoming, kind: str) -> JsonObject:
        return read_form(kind, incoming.body).fields()

    def _fields(self, body: bytes) -> JsonObject:
        value = decode(body, self._door)
        if isinstance(value, dict):
            return value
        raise Invalid("The body must be a JSON object.")


def _wants_stream(fields: JsonObject) -> bool:
    match fields.get("stream"):
        case bool(wanted):
            return wanted
        case None:
            return False
        case other:
            message = f"'stream' must be true or false, got {str(other)[:40]!r}."
            raise Invalid(message, problems=[Problem(message, "request", "/stream")])
