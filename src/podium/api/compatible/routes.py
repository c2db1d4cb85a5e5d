"""The model addresses for ASGI, and their description; the lists of models."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Final, cast

from fastapi import APIRouter, FastAPI, Path, Request, Response
from pydantic import BaseModel

from podium.api.compatible.addresses import BY_PATH, Address
from podium.api.compatible.answering import Answering
from podium.api.compatible.exchange import Incoming, RawHeaders, Streamed, held
from podium.api.context import Caller, Services
from podium.api.sse import EventStream, unless_gone
from podium.gateway.models import Listing
from podium.kernel.errors import NotFound, PodiumError

router: Final = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])


def _documented(maker: str, example: Mapping[str, object], answer: str) -> dict[str, object]:
    return {
        "requestBody": {
            "required": True,
            "description": f"As {maker} documents it. Fields unknown to podium reach a provider "
            "that speaks the same.",
            "content": {"application/json": {"schema": {"type": "object"}, "example": example}},
        },
        "responses": {
            "200": {
                "description": answer,
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    }


_HELLO: Final = [{"role": "user", "content": "Hello"}]


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
        "OpenAI",
        {"model": "chat", "messages": _HELLO},
        "A chat completion; with `stream` chunks as server-sent events, then `[DONE]`.",
    ),
)
async def chat(request: Request, caller: Caller) -> Response:
    """`model` is a model or a route of podium. A client that leaves ends the call upstream."""
    return await _answered(request, caller)


@router.post(
    "/responses",
    summary="Respond",
    response_class=Response,
    openapi_extra=_documented(
        "OpenAI",
        {"model": "chat", "input": "Hello"},
        "A response; with `stream` its events.",
    ),
)
async def respond(request: Request, caller: Caller) -> Response:
    """OpenAI's responses, from models of every provider. podium stores none of them: a request
    that refers to an earlier one reaches only providers who have this address themselves.
    """
    return await _answered(request, caller)


@router.post(
    "/messages",
    summary="Message",
    response_class=Response,
    openapi_extra=_documented(
        "Anthropic",
        {"model": "chat", "max_tokens": 200, "messages": _HELLO},
        "A message; with `stream` its events.",
    ),
)
async def message(request: Request, caller: Caller) -> Response:
    """Anthropic's messages, from models of every provider. `x-api-key` takes podium's API key."""
    return await _answered(request, caller)


@router.post(
    "/embeddings",
    summary="Embeddings",
    response_class=Response,
    openapi_extra=_documented(
        "OpenAI", {"model": "embed", "input": ["Hello"]}, "A list of embeddings."
    ),
)
async def embeddings(request: Request, caller: Caller) -> Response:
    return await _answered(request, caller)


def _passed_through(path: str, summary: str, answer: str, *, example: Mapping[str, object]) -> None:
    """Addresses that differ in nothing but what is said about them."""

    async def endpoint(request: Request, caller: Caller) -> Response:
        return await _answered(request, caller)

    endpoint.__name__ = path.rpartition("/")[2]
    maker = "Anthropic" if path.startswith("/messages") else "OpenAI"
    router.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        summary=summary,
        description="Passes through to models of providers that have this address.",
        response_class=Response,
        openapi_extra=_documented(maker, example, answer),
    )


_passed_through(
    "/messages/count_tokens",
    "Count tokens",
    "The number of input tokens.",
    example={"model": "chat", "messages": _HELLO},
)
_passed_through(
    "/moderations",
    "Moderate",
    "Categories and scores.",
    example={"model": "omni-moderation-latest", "input": "Hello"},
)
_passed_through(
    "/images/generations",
    "Generate images",
    "Images.",
    example={"model": "image", "prompt": "A conductor on a podium"},
)
_passed_through("/images/edits", "Edit images", "Images.", example={"model": "image"})
_passed_through("/audio/transcriptions", "Transcribe", "The text.", example={"model": "transcribe"})
_passed_through(
    "/audio/translations", "Translate speech", "The text, in English.", example={"model": "hear"}
)
_passed_through(
    "/audio/speech",
    "Speak",
    "Sound.",
    example={"model": "speak", "input": "Hello", "voice": "alloy"},
)


@router.get("/models", summary="List models")
async def list_models(podium: Services, caller: Caller) -> OpenAIModelList:
    """Those that the caller's key may use."""
    listings = podium.gateway.models(caller)
    return OpenAIModelList(data=[OpenAIModel.of(listing) for listing in listings])


@router.get("/models/{model:path}", summary="Read a model")
async def get_model(
    model: Annotated[str, Path(max_length=200, description="May contain slashes.")],
    podium: Services,
    caller: Caller,
) -> OpenAIModel:
    for listing in podium.gateway.models(caller):
        if listing.name == model:
            return OpenAIModel.of(listing)
    raise NotFound(f"The model '{model}' does not exist. GET /v1/models lists what does.")


async def _answered(request: Request, caller: Caller) -> Response:
    answering = cast("Answering", cast("FastAPI", request.app).state.answering)
    address = BY_PATH[request.url.path]
    fields = RawHeaders(request.headers.raw)
    incoming = Incoming(address, fields, await request.body(), request.url.scheme)
    outgoing = await unless_gone(request.receive, lambda: answering.answer(incoming, caller))
    if isinstance(outgoing, Streamed):
        ending = partial(_ending, answering, address)
        return EventStream(held(outgoing.stream), bytes, ending, headers=outgoing.headers)
    return Response(
        outgoing.body, outgoing.status, outgoing.headers, media_type=outgoing.content_type
    )


def _ending(answering: Answering, address: Address, error: PodiumError | None) -> bytes:
    """A stream that broke off does not say it is done."""
    return b"" if error is None else answering.broken_off(address, error)
