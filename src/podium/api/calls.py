"""/api/v1/calls: what the gateway was asked from outside of runs."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from podium.api.bodies import StrictRoute
from podium.api.context import Caller, Services
from podium.api.models import Attempt
from podium.api.paging import Cursor, Limit, Page
from podium.api.spans import usd
from podium.observability import genai
from podium.observability.ports import CallQuery
from podium.observability.spans import Span, SpanStatus

router: Final = APIRouter(prefix="/api/v1/calls", tags=["calls"], route_class=StrictRoute)


class Call(BaseModel):
    """One call to a model, with what came of it."""

    id: str = Field(description="What the answer carried as `x-request-id`.")
    operation: str = Field(examples=["chat"])
    requested: str = Field(description="The model or route that the caller named.")
    model: str = Field(description="The model that answered, as it calls itself.")
    provider: str
    status: SpanStatus
    error: str | None
    input_tokens: int
    output_tokens: int
    cost: int | None = Field(description="Nano-dollars: exact; null where no price is known.")
    cost_usd: float | None = Field(description="The same in dollars.")
    ms: float
    started_at: float = Field(description="Seconds since 1970.")
    attempts: list[Attempt]
    route: str = Field(description="Where the name led; the model itself where it names one.")
    reason: str = Field(description="Why its targets were tried in this order.")
    cache: str = Field(description="`hit`, `miss` or `stale`; empty where no cache was asked.")
    supplied: list[str] = Field(
        description="What podium supplied the model with: `tools`, `json_schema`."
    )
    repairs: int = Field(description="How often the model was asked again for JSON that fits.")
    key: str = Field(description="The API key that the caller came with; empty for none.")
    team: str
    tags: dict[str, str] = Field(description="The caller's own words about it.")

    @classmethod
    def of(cls, span: Span) -> "Call":
        known = _Known.model_validate(span.attributes)
        cost = span.cost if known.priced else None
        ended = span.started_at if span.ended_at is None else span.ended_at
        return cls(
            id=known.call or span.id,
            operation=known.operation,
            requested=known.requested,
            model=span.model or "",
            provider=known.provider,
            status=span.status,
            error=span.error,
            input_tokens=span.input_tokens,
            output_tokens=span.output_tokens,
            cost=cost,
            cost_usd=None if cost is None else usd(cost),
            ms=round((ended - span.started_at) * 1000, 3),
            started_at=span.started_at,
            attempts=known.attempts,
            route=known.route,
            reason=known.reason,
            cache=known.cache,
            supplied=known.supplied,
            repairs=known.repairs,
            key=known.key,
            team=known.team,
            tags=known.tags,
        )


class _Known(BaseModel):
    """What a span says in its attributes."""

    call: str = Field(default="", alias=genai.CALL)
    operation: str = Field(default="", alias=genai.OPERATION)
    requested: str = Field(default="", alias=genai.REQUEST_MODEL)
    provider: str = Field(default="", alias=genai.PROVIDER)
    priced: bool = Field(default=True, alias=genai.PRICED)
    attempts: list[Attempt] = Field(default_factory=list[Attempt], alias=genai.ATTEMPTS)
    route: str = Field(default="", alias=genai.ROUTE)
    reason: str = Field(default="", alias=genai.REASON)
    cache: str = Field(default="", alias=genai.CACHE)
    supplied: list[str] = Field(default_factory=list[str], alias=genai.SUPPLIED)
    repairs: int = Field(default=0, alias=genai.REPAIRS)
    key: str = Field(default="", alias=genai.KEY)
    team: str = Field(default="", alias=genai.TEAM)
    tags: dict[str, str] = Field(default_factory=dict[str, str], alias=genai.TAGS)


class CallPage(Page[Call]):
    pass


@router.get("", summary="List calls")
async def list_calls(  # noqa: PLR0913 - filters
    *,
    podium: Services,
    caller: Caller,
    model: Annotated[
        str | None, Query(max_length=200, description="As `model` of an item.")
    ] = None,
    status: Annotated[SpanStatus | None, Query()] = None,
    since: Annotated[
        float | None, Query(allow_inf_nan=False, description="Started then or later.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CallPage:
    """Calls from outside of a run, newest first; those of a run are in its trace."""
    query = CallQuery(model=model, status=status, since=since)
    page = await podium.traces.calls(caller, query, cursor=cursor, limit=limit)
    return CallPage(items=[Call.of(span) for span in page.items], next=page.next)


@router.get("/{call}", summary="Read a call")
async def get_call(
    call: Annotated[str, Path(max_length=100, description="The answer's `x-request-id`.")],
    podium: Services,
    caller: Caller,
) -> Call:
    return Call.of(await podium.traces.call(caller, call))


class Score(BaseModel):
    score: float = Field(ge=0, le=1, description="From 0, useless, to 1, perfect.")


@router.post("/{call}/score", summary="Score an answer", status_code=204)
async def score_call(
    *,
    call: Annotated[str, Path(max_length=100, description="The answer's `x-request-id`.")],
    said: Score,
    podium: Services,
    caller: Caller,
) -> None:
    """What an answer was worth: routes with `by_complexity` or `quality_floor` learn from it."""
    podium.gateway.scores.give(caller, call, said.score)
