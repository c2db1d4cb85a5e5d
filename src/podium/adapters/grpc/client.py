"""Calls of gRPC methods that a proto file describes."""

from collections import OrderedDict
from collections.abc import Sequence
from importlib import import_module
from typing import Final, Self, cast

import anyio
import anyio.to_thread

from podium.adapters.grpc.channels import Channels, Opening
from podium.adapters.grpc.compiler import Compiler
from podium.adapters.grpc.exchange import BlockingChannel, Exchange, Received, Stream, rpc_error
from podium.adapters.grpc.schema import Schema
from podium.kernel.errors import Unavailable
from podium.kernel.json import Json, digest
from podium.workflows.calls.grpc import GrpcRequest

SCHEMAS_KEPT: Final = 32
STREAMS: Final = 32
"""Calls that send several messages, at the same time."""


class GrpcChannelClient:
    """Keeps channels until it is closed, and compiled proto files while they are in use."""

    def __init__(self, channels: Channels, compiler: Compiler) -> None:
        self._channels: Channels = channels
        self._compiler: Compiler = compiler
        self._schemas: OrderedDict[str, Schema] = OrderedDict()
        self._threads: anyio.CapacityLimiter = anyio.CapacityLimiter(STREAMS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channels.close()

    async def invoke(self, request: GrpcRequest) -> Json:
        schema = await self._schema(request)
        method = schema.method(request.service, request.method)
        messages = method.requests(request.arguments)
        exchange = Exchange(
            what=f"{method.path.lstrip('/')} at {request.host}",
            path=method.path,
            seconds=request.seconds,
            metadata=request.metadata,
            max_bytes=request.max_bytes,
        )
        if len(messages) == 1:
            received = await self._one(request, exchange, messages[0])
        else:
            received = await self._several(request, exchange, messages)
        if method.streams:
            return [method.answer(each) for each in received]
        if len(received) != 1:
            raise Unavailable(f"{exchange.what} answered {len(received)} messages instead of one.")
        return method.answer(received[0])

    async def _one(
        self, request: GrpcRequest, exchange: Exchange, message: bytes
    ) -> Sequence[bytes]:
        place = self._channels.channel(request.host, request.port, request.max_bytes)
        async with place as channel:
            answers = channel.unary_stream(exchange.path)(
                message, timeout=exchange.seconds, metadata=exchange.metadata
            )
            received = Received(exchange)
            try:
                async for each in answers:
                    received.take(each)
            except rpc_error() as error:
                raise exchange.failed(error) from error
            finally:
                _ = answers.cancel()
            return received.messages

    async def _several(
        self, request: GrpcRequest, exchange: Exchange, messages: Sequence[bytes]
    ) -> Sequence[bytes]:
        """In a thread, by grpcio's blocking interface: the other one, when it meets a server that
        refuses a stream at once, does not always tell with which status.
        """
        place = await self._channels.place(request.host, request.port, request.max_bytes)
        opening = cast("Opening[BlockingChannel]", cast("object", import_module("grpc")))
        stream = Stream(exchange, self._channels.opened(place, opening))
        try:
            return await anyio.to_thread.run_sync(
                stream.exchanged, messages, limiter=self._threads, abandon_on_cancel=True
            )
        finally:
            stream.channel.close()

    async def _schema(self, request: GrpcRequest) -> Schema:
        key = digest([request.root, dict(request.sources)])
        if key not in self._schemas:
            descriptors = await self._compiler.compile(request.sources, request.root)
            self._schemas[key] = Schema(descriptors)
        self._schemas.move_to_end(key)
        if len(self._schemas) > SCHEMAS_KEPT:
            _ = self._schemas.popitem(last=False)
        return self._schemas[key]
