"""/api/v1/models: what can be called, and whether it answers."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from podium.api.context import Caller, Services
from podium.gateway.models import CallRecord, Capability, Listing, Outcome
from podium.kernel.errors import NotFound
from podium.kernel.json import JsonObject

router: Final = APIRouter(prefix="/api/v1/models", tags=["models"])

_QUESTION: Final[JsonObject] = {
    "messages": [{"role": "user", "content": "Answer with the single word: ok"}]
}


class Model(BaseModel):
    """A model, or a route that leads to models."""

    name: str = Field(examples=["chat"])
    kind: str = Field(description="`model` or `route`.")
    capabilities: list[Capability]
    targets: list[str] = Field(description="The models it leads to, in order.")

    @classmethod
    def of(cls, listing: Listing) -> "Model":
        return cls(
            name=listing.name,
            kind=listing.kind,
            capabilities=sorted(listing.capabilities),
            targets=list(listing.targets),
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
async def list_models(podium: Services) -> ModelList:
    """Routes first, each kind in the order of podium.yaml."""
    return ModelList(items=[Model.of(listing) for listing in podium.gateway.models()])


@router.post("/{name:path}/test", summary="Test a model")
async def test(
    name: Annotated[str, Path(max_length=200, description="May contain slashes.")],
    podium: Services,
    caller: Caller,
) -> ModelTest:
    """One tiny real call. Where it fails, the answer says why, with each attempt."""
    found = next((one for one in podium.gateway.models() if one.name == name), None)
    if found is None:
        raise NotFound(f"No model or route is named '{name}'. GET {router.prefix} lists them.")
    if Capability.CHAT in found.capabilities:
        _, record = await podium.gateway.chat(caller, {"model": name, **_QUESTION})
    else:
        _, record = await podium.gateway.embed(caller, {"model": name, "input": "ok"})
    return ModelTest.of(record)
