"""/api/v1/models: what can be called, and whether it answers."""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from podium.api.context import Caller, Services
from podium.gateway.models import CallRecord, Capability, Listing, Outcome
from podium.gateway.models import Price as Value
from podium.kernel.errors import NotFound
from podium.kernel.json import JsonObject

router: Final = APIRouter(prefix="/api/v1/models", tags=["models"])

_QUESTION: Final[JsonObject] = {
    "messages": [{"role": "user", "content": "Answer with the single word: ok"}]
}


class Price(BaseModel):
    """USD per million tokens, of requests of usual length, now."""

    input: float
    output: float
    cached_input: float = Field(description="For input that the provider has in its cache.")
    source: str = Field(
        description="`podium.yaml`, `free`, or the price list with its version.",
        examples=["podium.yaml"],
    )
    since: date | None = Field(description="The day from which on it holds, where that is known.")

    @classmethod
    def of(cls, price: Value) -> "Price":
        return cls(
            input=float(price.input),
            output=float(price.output),
            cached_input=float(price.cached_input),
            source=price.source,
            since=price.since,
        )


class Model(BaseModel):
    """A model, or a route that leads to models."""

    name: str = Field(examples=["chat"])
    kind: str = Field(description="`model` or `route`.")
    capabilities: list[Capability]
    targets: list[str] = Field(description="The models it leads to, in order.")
    context_window: int | None = Field(
        description="Tokens that a question may have; null for a route, or where it is not known."
    )
    price: Price | None = Field(description="Null for a route, or where none is known.")

    @classmethod
    def of(cls, listing: Listing) -> "Model":
        return cls(
            name=listing.name,
            kind=listing.kind,
            capabilities=sorted(listing.capabilities),
            targets=list(listing.targets),
            context_window=listing.facts.context_window,
            price=None if listing.facts.price is None else Price.of(listing.facts.price),
        )


class ModelList(BaseModel):
    items: list[Model]


class Attempt(BaseModel):
    """One try at one target; `status` is its HTTP status, 0 where there was none."""

    model: str
    outcome: Outcome
    status: int
    ms: float


class ModelTest(BaseModel):
    """It answered. `cost` is nano-dollars, null where no price is known."""

    model: str = Field(description="The model that answered.")
    operation: str
    ms: float
    input_tokens: int
    output_tokens: int
    cost: int | None
    attempts: list[Attempt]

    @classmethod
    def of(cls, record: CallRecord) -> "ModelTest":
        return cls(
            model=record.model,
            operation=record.operation,
            ms=record.ms,
            input_tokens=record.usage.input,
            output_tokens=record.usage.output,
            cost=record.cost,
            attempts=[
                Attempt(model=a.model, outcome=a.outcome, status=a.status, ms=a.ms)
                for a in record.attempts
            ],
        )


@router.get("", summary="List models and routes")
async def list_models(podium: Services, caller: Caller) -> ModelList:
    """Those that the caller's key may use: routes first, each kind in the order of podium.yaml."""
    return ModelList(items=[Model.of(listing) for listing in podium.gateway.models(caller)])


@router.post("/{name:path}/test", summary="Test a model")
async def test(
    name: Annotated[str, Path(max_length=200, description="May contain slashes.")],
    podium: Services,
    caller: Caller,
) -> ModelTest:
    """One tiny real call. Where it fails, the answer says why, with each attempt."""
    found = next((one for one in podium.gateway.models(caller) if one.name == name), None)
    if found is None:
        raise NotFound(f"No model or route is named '{name}'. GET {router.prefix} lists them.")
    if Capability.CHAT in found.capabilities:
        _, record = await podium.gateway.chat(caller, {"model": name, **_QUESTION})
    else:
        _, record = await podium.gateway.embed(caller, {"model": name, "input": "ok"})
    return ModelTest.of(record)
