"""/v1: what OpenAI's clients call. Bodies pass through, fields unknown to podium too."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Final

import anyio
import msgspec
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from podium.api.bodies import read_object
from podium.api.context import Caller, Limits, Services
from podium.api.errors import openai_event
from podium.api.ports import ChatStream
from podium.api.sse import EventStream, unless_gone
from podium.gateway.models import Listing
from podium.kernel.errors import Invalid, NotFound, PodiumError, Problem
from podium.kernel.json import Json, JsonObject

router: Final = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

_CLOSING: Final = 5.0


def _documented(example: Mapping[str, object], answer: str) -> dict[str, object]:
    return {
        "requestBody": {
            "required": True,
            "description": "As OpenAI documents it. Fields unknown to podium reach the provider.",
            "content": {"application/json": {"schema": {"type": "object"}, "example": example}},
        },
        "responses": {
            "200": {
                "description": answer,
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    }


class OpenAIModel(BaseModel):
    """`created` is 0: podium does not know when a provider made it."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str

    @classmethod
    def of(cls, listing: Listing) -> "OpenAIModel":
        return cls(id=listing.name, owned_by=f"podium-{listing.kind}")


class OpenAIModelList(BaseModel):
    object: str = "list"
    data: list[OpenAIModel]


@router.post(
    "/chat/completions",
    summary="Chat",
    response_class=Response,
    openapi_extra=_documented(
        {"model": "chat", "messages": [{"role": "user", "content": "Hello"}]},
        "A chat completion; with `stream` chunks as server-sent events, then `[DONE]`.",
    ),
)
async def chat(*, request: Request, podium: Services, caller: Caller, door: Limits) -> Response:
    """`model` is a model or a route of podium. A client that leaves ends the call upstream."""
    body = await read_object(request, door)
    if _wants_stream(body):
        stream = await unless_gone(request.receive, lambda: podium.gateway.stream(caller, body))
        headers = {"X-Request-Id": stream.call_id}
        return EventStream(_held(stream), _chunk, _ending, headers=headers)
    said, record = await unless_gone(request.receive, lambda: podium.gateway.chat(caller, body))
    return _json(said, record.id)


@router.post(
    "/embeddings",
    summary="Embeddings",
    response_class=Response,
    openapi_extra=_documented({"model": "embed", "input": ["Hello"]}, "A list of embeddings."),
)
async def embeddings(
    *, request: Request, podium: Services, caller: Caller, door: Limits
) -> Response:
    body = await read_object(request, door)
    said, record = await unless_gone(request.receive, lambda: podium.gateway.embed(caller, body))
    return _json(said, record.id)


@router.get("/models", summary="List models")
async def list_models(podium: Services) -> OpenAIModelList:
    return OpenAIModelList(data=[OpenAIModel.of(listing) for listing in podium.gateway.models()])


@router.get("/models/{model:path}", summary="Read a model")
async def get_model(
    model: Annotated[str, Path(max_length=200, description="May contain slashes.")],
    podium: Services,
) -> OpenAIModel:
    for listing in podium.gateway.models():
        if listing.name == model:
            return OpenAIModel.of(listing)
    raise NotFound(f"The model '{model}' does not exist. GET /v1/models lists what does.")


def _wants_stream(body: JsonObject) -> bool:
    match body.get("stream"):
        case bool(wanted):
            return wanted
        case None:
            return False
        case other:
            message = f"'stream' must be true or false, got {str(other)[:40]!r}."
            raise Invalid(message, problems=[Problem(message, "request", "/stream")])


@asynccontextmanager
async def _held(stream: ChatStream) -> AsyncGenerator[ChatStream]:
    """Close it also where the caller is being cancelled: that is what frees the upstream."""
    try:
        yield stream
    finally:
        with anyio.move_on_after(_CLOSING, shield=True):
            await stream.aclose()


def _chunk(chunk: JsonObject) -> bytes:
    return b"data: " + msgspec.json.encode(chunk) + b"\n\n"


def _ending(error: PodiumError | None) -> bytes:
    """A stream that broke off does not say it is done."""
    return b"data: " + (b"[DONE]" if error is None else openai_event(error)) + b"\n\n"


def _json(body: Mapping[str, Json], call: str) -> Response:
    return Response(
        msgspec.json.encode(body),
        media_type="application/json",
        headers={"X-Request-Id": call},
    )
