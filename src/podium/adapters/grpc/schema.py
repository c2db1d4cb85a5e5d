"""What a proto file describes: its services, and its messages as JSON.

Messages follow ProtoJSON: names in lowerCamelCase, 64-bit integers as strings, bytes in base64.
Fields that cannot be absent are there also with their default, so that expressions find them.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final, Protocol, cast

from podium.kernel.errors import Invalid, Unavailable
from podium.kernel.json import Json, JsonObject

MESSAGES: Final = "messages"
_DEPTH: Final = 64


class _Descriptor(Protocol):
    name: str
    full_name: str
    fields_by_name: Mapping[str, object]


class _MethodDescriptor(Protocol):
    name: str
    input_type: _Descriptor
    output_type: _Descriptor
    client_streaming: bool
    server_streaming: bool


class _ServiceDescriptor(Protocol):
    name: str
    full_name: str
    methods_by_name: Mapping[str, _MethodDescriptor]


class _Message(Protocol):
    def SerializeToString(self) -> bytes: ...  # noqa: N802 - protobuf's name


class _MessageClass(Protocol):
    def __call__(self) -> _Message: ...
    def FromString(self, data: bytes) -> _Message: ...  # noqa: N802 - protobuf's name


class _File(Protocol):
    services_by_name: Mapping[str, _ServiceDescriptor]


class _Pool(Protocol):
    def AddSerializedFile(self, data: bytes) -> _File: ...  # noqa: N802 - protobuf's name
    def FindFileByName(self, name: str) -> _File: ...  # noqa: N802 - protobuf's name


class _FileProto(Protocol):
    name: str

    def SerializeToString(self) -> bytes: ...  # noqa: N802 - protobuf's name


class _FileSet(Protocol):
    file: Sequence[_FileProto]


class _FileSetClass(Protocol):
    def FromString(self, data: bytes) -> _FileSet: ...  # noqa: N802 - protobuf's name


class _DescriptorPb2(Protocol):
    FileDescriptorSet: _FileSetClass


class _PoolModule(Protocol):
    def DescriptorPool(self) -> _Pool: ...  # noqa: N802 - protobuf's name


class _ClassModule(Protocol):
    def GetMessageClass(self, descriptor: _Descriptor) -> _MessageClass: ...  # noqa: N802 - its name


class _JsonModule(Protocol):
    Error: type[Exception]

    def ParseDict(  # noqa: N802 - protobuf's name
        self, js_dict: Json, message: _Message, *, descriptor_pool: _Pool, max_recursion_depth: int
    ) -> _Message: ...

    def MessageToDict(  # noqa: N802 - protobuf's name
        self,
        message: _Message,
        *,
        always_print_fields_with_no_presence: bool,
        descriptor_pool: _Pool,
    ) -> JsonObject: ...


class Schema:
    """The services of one proto file. Raises Invalid for descriptors that contradict each other."""

    def __init__(self, descriptors: bytes) -> None:
        pb2 = cast(
            "_DescriptorPb2", cast("object", import_module("google.protobuf.descriptor_pb2"))
        )
        pools = cast(
            "_PoolModule", cast("object", import_module("google.protobuf.descriptor_pool"))
        )
        self._pool: _Pool = pools.DescriptorPool()
        self._services: dict[str, _ServiceDescriptor] = {}
        try:
            for file in pb2.FileDescriptorSet.FromString(descriptors).file:
                _ = self._pool.AddSerializedFile(file.SerializeToString())
                for service in self._pool.FindFileByName(file.name).services_by_name.values():
                    self._services[service.full_name] = service
        except (TypeError, KeyError) as error:
            raise Invalid(f"The proto file's descriptors do not hold: {error}.") from error

    def method(self, service: str, method: str) -> "Method":
        """By the service's full name, or by its last part where only one has it. Raises Invalid."""
        matching = [
            each
            for name, each in self._services.items()
            if name == service or name.rpartition(".")[2] == service
        ]
        exact = self._services.get(service)
        if exact is None and len(matching) != 1:
            known = ", ".join(sorted(self._services)) or "none"
            many = "more than one" if matching else "no"
            raise Invalid(f"The proto file has {many} service {service!r}. It has: {known}.")
        found = exact or matching[0]
        if method not in found.methods_by_name:
            known = ", ".join(sorted(found.methods_by_name)) or "none"
            raise Invalid(f"{found.full_name} has no method {method!r}. It has: {known}.")
        return Method(found, found.methods_by_name[method], self._pool)


class Method:
    """One method: where it is on the wire, and its messages as JSON."""

    def __init__(self, service: _ServiceDescriptor, method: _MethodDescriptor, pool: _Pool) -> None:
        classes = cast(
            "_ClassModule", cast("object", import_module("google.protobuf.message_factory"))
        )
        self._json: _JsonModule = cast("_JsonModule", _module("json_format"))
        self._method: _MethodDescriptor = method
        self._pool: _Pool = pool
        self._input: _MessageClass = classes.GetMessageClass(method.input_type)
        self._output: _MessageClass = classes.GetMessageClass(method.output_type)
        self._broken: type[Exception] = cast(
            "type[Exception]", import_module("google.protobuf.message").DecodeError
        )
        self.path: str = f"/{service.full_name}/{method.name}"
        self.streams: bool = method.server_streaming

    def requests(self, arguments: JsonObject) -> Sequence[bytes]:
        """One message of the arguments; for a method that takes a stream, one for each item of
        `messages` where the arguments are just that. Raises Invalid.
        """
        return [self._request(each) for each in self._messages(arguments)]

    def _messages(self, arguments: JsonObject) -> Sequence[Json]:
        method = self._method
        listed = arguments.get(MESSAGES)
        if (
            method.client_streaming
            and list(arguments) == [MESSAGES]
            and MESSAGES not in method.input_type.fields_by_name
            and isinstance(listed, Sequence)
            and not isinstance(listed, str)
        ):
            return listed
        return [arguments]

    def _request(self, value: Json) -> bytes:
        name = self._method.input_type.full_name
        if not isinstance(value, Mapping):
            raise Invalid(f"A message {name} must be an object, got {type(value).__name__}.")
        try:
            message = self._json.ParseDict(
                value, self._input(), descriptor_pool=self._pool, max_recursion_depth=_DEPTH
            )
        except self._json.Error as error:
            raise Invalid(f"The arguments of {self.path} are no {name}: {error}") from error
        return message.SerializeToString()

    def answer(self, data: bytes) -> Json:
        """Raises Unavailable for bytes that are no such message."""
        name = self._method.output_type.full_name
        try:
            message = self._output.FromString(data)
            return self._json.MessageToDict(
                message, always_print_fields_with_no_presence=True, descriptor_pool=self._pool
            )
        except (self._broken, self._json.Error, TypeError, RecursionError) as error:
            said = f"{self.path} answered bytes that are no {name}: {error}"
            raise Unavailable(said) from error


def _module(name: str) -> object:
    """Loaded when the first proto file comes: most processes never see one."""
    return import_module(f"google.protobuf.{name}")
