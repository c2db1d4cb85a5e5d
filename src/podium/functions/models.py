"""The gateway as functions see it: what a call took is written down in the call."""

from typing import Protocol

from podium.gateway.models import CallRecord
from podium.identity.principal import Principal
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Usage


class Gateway(Protocol):
    async def chat(
        self, principal: Principal, request: JsonObject, *, origin: str = ""
    ) -> tuple[dict[str, Json], CallRecord]: ...

    async def embed(
        self, principal: Principal, request: JsonObject, *, origin: str = ""
    ) -> tuple[dict[str, Json], CallRecord]: ...


class GatewayModels:
    """A `Models` over the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway: Gateway = gateway

    async def chat(self, principal: Principal, request: JsonObject, call: Call) -> JsonObject:
        answer, record = await self._gateway.chat(principal, request, origin=call.key)
        call.usage.append(usage(record))
        return answer

    async def embed(self, principal: Principal, request: JsonObject, call: Call) -> JsonObject:
        answer, record = await self._gateway.embed(principal, request, origin=call.key)
        call.usage.append(usage(record))
        return answer


def usage(record: CallRecord) -> Usage:
    """An unknown cost counts as 0 here; `priced` in the attributes tells the two apart."""
    return Usage(
        operation=record.operation.value,
        model=record.response_model or record.model,
        provider=record.provider,
        input_tokens=record.usage.input,
        output_tokens=record.usage.output,
        cost=int(record.cost or 0),
        started_at=record.started_at,
        ms=record.ms,
        attributes={
            "call": record.id,
            "requested": record.requested,
            "route": record.route,
            "cached_input_tokens": record.usage.cached_input,
            "cache_write_input_tokens": record.usage.cache_write_input,
            "reasoning_tokens": record.usage.reasoning,
            "usage_source": record.usage.source.value,
            "priced": record.cost is not None,
            "attempts": attempts(record),
            **supplied(record),
        },
    )


def supplied(record: CallRecord) -> JsonObject:
    """What the model was supplied with; nothing where that is nothing."""
    told = record.supplied
    return {"supplied": list(told.what), "repairs": told.repairs} if told.what else {}


def attempts(record: CallRecord) -> list[Json]:
    return [
        {
            "model": one.model,
            "outcome": one.outcome,
            "status": one.status,
            "ms": one.ms,
            **({"message": one.message} if one.message else {}),
        }
        for one in record.attempts
    ]
