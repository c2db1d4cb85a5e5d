"""A gRPC server of grpcio's own, in this process, that tests give its methods to."""

import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PROTO = """
syntax = "proto3";
package demo.v1;
import "google/protobuf/timestamp.proto";

// import "not/an/import.proto";
message Ask {
  string first_name = 1;
  int64 number = 2;
  google.protobuf.Timestamp at = 3;
  repeated string tags = 4;
  bytes raw = 5;
}
message Answer {
  string text = 1;
  int64 number = 2;
  bool done = 3;
  google.protobuf.Timestamp at = 4;
  bytes raw = 5;
  repeated string tags = 6;
}
service Greeter {
  rpc Unary(Ask) returns (Answer);
  rpc Down(Ask) returns (stream Answer);
  rpc Up(stream Ask) returns (Answer);
  rpc Both(stream Ask) returns (stream Answer);
}
"""


class Context(Protocol):
    """What grpcio gives a method besides its requests."""

    async def abort(self, code: grpc.StatusCode, details: str) -> None: ...
    def invocation_metadata(self) -> Iterable[tuple[str, str]]: ...


Handler = Callable[[AsyncIterator[Any], Context], AsyncIterator[Any]]


@dataclass
class Served:
    """What the server has seen: metadata of each call."""

    port: int
    seen: list[Mapping[str, str]] = field(default_factory=list)


def messages() -> tuple[type[Any], type[Any]]:
    """The classes of Ask and Answer, made by protoc beside podium."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "demo.proto").write_text(PROTO, "utf-8")
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", "--include_imports"]
        subprocess.run(
            [*command, f"--descriptor_set_out={folder}/out", "demo.proto"], check=True, cwd=folder
        )
        data = (Path(folder) / "out").read_bytes()
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        pool.AddSerializedFile(file.SerializeToString())
    found = [pool.FindMessageTypeByName(f"demo.v1.{name}") for name in ("Ask", "Answer")]
    ask, answer = map(message_factory.GetMessageClass, found)
    return ask, answer


@asynccontextmanager
async def serving(
    methods: Mapping[str, Handler], *, certificate: tuple[bytes, bytes] | None = None
) -> AsyncGenerator[Served]:
    """Each method takes an iterator of requests and a context, and yields answers."""
    ask, answer = messages()
    server = grpc.aio.server()
    served = Served(0)

    def handler(method: Handler) -> object:
        async def handled(requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
            served.seen.append(dict(context.invocation_metadata()))
            async for each in method(requests, context):
                yield answer(**each) if isinstance(each, dict) else each

        return grpc.stream_stream_rpc_method_handler(
            handled,
            request_deserializer=ask.FromString,
            response_serializer=lambda x: x if isinstance(x, bytes) else x.SerializeToString(),
        )

    handlers = {name: handler(method) for name, method in methods.items()}
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("demo.v1.Greeter", handlers)]
    )
    if certificate is None:
        served.port = server.add_insecure_port("127.0.0.1:0")
    else:
        key, chain = certificate
        credentials = grpc.ssl_server_credentials([(key, chain)])
        served.port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    try:
        yield served
    finally:
        await server.stop(grace=None)
