"""AsyncAPI documents of the versions 2 and 3: which channel, which operation, which message.

Source: AsyncAPI 2.6.0 and 3.0.0. Both describe an application from its own side or from that of its
clients, so it is the task that says who sends: `message` publishes, `subscription` subscribes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.bodies import as_object

_MOST_REFERENCES: Final = 32
_VERSION: Final = re.compile(r"([23])\.\d+\.\d+(?:-[\w.]+)?")


@dataclass(frozen=True, slots=True)
class Described:
    """A JSON value of the document, and where it stands, as a JSON pointer."""

    value: JsonObject
    pointer: str

    def member(self, name: str) -> Json:
        return self.value.get(name)


@dataclass(frozen=True, slots=True)
class Found:
    """What a task calls. `servers` are the names of those that the channel is on, all where it
    names none.
    """

    address: str
    channel: Described
    operation: Described
    messages: Sequence[Described]
    servers: Sequence[str]


class AsyncApi:
    """One document. Raises Invalid for what is none."""

    def __init__(self, document: JsonObject) -> None:
        version = document.get("asyncapi")
        found = _VERSION.fullmatch(version) if isinstance(version, str) else None
        if found is None:
            said = f"This is no AsyncAPI document of version 2 or 3: asyncapi is {version!r}."
            raise Invalid(f"{said} Check the address under 'document'.")
        self.document: JsonObject = document
        self.major: int = int(found.group(1))

    def found(self, *, operation: str | None, channel: str | None, sends: bool) -> Found:
        """Raises Invalid for names that the document does not have."""
        match self.major, operation, channel:
            case 3, str(name), _:
                return self._operation_3(name)
            case 3, None, str(name):
                return self._channel_3(name)
            case 2, str(name), _:
                return self._operation_2(name)
            case _:
                return self._channel_2(str(channel), sends=sends)

    def at(self, value: Json, pointer: str) -> Described:
        """The object there, or where its `$ref` leads to; with its traits. Raises Invalid."""
        found = self._plain(value, pointer)
        merged: dict[str, Json] = {}  # a trait is what an object has where it says nothing else
        for each in listed(found.member("traits")):
            merged |= self._plain(each, found.pointer).value
        return Described({**merged, **found.value}, found.pointer)

    def _plain(self, value: Json, pointer: str) -> Described:
        for _ in range(_MOST_REFERENCES):
            if not isinstance(value, Mapping):
                return Described({}, pointer)
            reference = value.get("$ref")
            if not isinstance(reference, str):
                return Described(value, pointer)
            value, pointer = self._referenced(reference), unquote(reference.removeprefix("#"))
        raise Invalid(f"The references at {pointer} of the AsyncAPI document lead in a circle.")

    def children(self, name: str, pointer: str = "") -> Iterator[tuple[str, Described]]:
        """The members of one of the document's tables."""
        for key, value in as_object(self.document.get(name)).items():
            yield key, self.at(value, f"{pointer}/{name}/{_escaped(key)}")

    def child(self, name: str, key: str) -> Described:
        """Raises Invalid, with the names that there are."""
        for each, found in self.children(name):
            if each == key:
                return found
        known = ", ".join(each for each, _ in self.children(name)) or "none"
        raise Invalid(f"The AsyncAPI document has no {name[:-1]} {key!r}. It has: {known}.")

    def inside(self, parent: Described, name: str) -> Described:
        return self.at(parent.member(name), f"{parent.pointer}/{_escaped(name)}")

    def _referenced(self, reference: str) -> Json:
        if not reference.startswith("#/"):
            raise Invalid(
                f"The AsyncAPI document refers to {reference!r} outside of itself. Bundle it into "
                f"one file."
            )
        here: Json = self.document
        for part in unquote(reference[2:]).split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(here, Mapping) and key in here:
                here = here[key]
            elif isinstance(here, Sequence) and not isinstance(here, str) and key.isdecimal():
                here = here[int(key)] if int(key) < len(here) else None
            else:
                raise Invalid(f"The AsyncAPI document refers to {reference!r}, which it has not.")
        return here

    def _operation_3(self, name: str) -> Found:
        operation = self.child("operations", name)
        channel = self.inside(operation, "channel")
        own = self._listed(operation, "messages")
        return self._on(channel, operation, own or self._messages_3(channel))

    def _channel_3(self, name: str) -> Found:
        channel = self.child("channels", name)
        return self._on(channel, Described({}, ""), self._messages_3(channel))

    def _messages_3(self, channel: Described) -> Sequence[Described]:
        table, inside = as_object(channel.member("messages")), f"{channel.pointer}/messages"
        return [self.at(value, f"{inside}/{_escaped(key)}") for key, value in table.items()]

    def _on(self, channel: Described, operation: Described, messages: Sequence[Described]) -> Found:
        address = channel.member("address")
        if not isinstance(address, str) or not address:
            raise Invalid(
                f"The channel at {channel.pointer} of the AsyncAPI document has no address, so "
                f"nothing can be sent there."
            )
        servers = [as_object(each).get("$ref") for each in listed(channel.member("servers"))]
        names = [str(each).rpartition("/")[2] for each in servers]
        return Found(address, channel, operation, messages, names)

    def _operation_2(self, name: str) -> Found:
        known: list[str] = []
        for address, channel in self.children("channels"):
            for verb in ("publish", "subscribe"):
                operation = self.inside(channel, verb)
                if operation.member("operationId") == name:
                    return self._of_2(address, channel, operation)
                known.append(str(operation.member("operationId")))
        shown = ", ".join(each for each in known if each != "None") or "none"
        raise Invalid(f"The AsyncAPI document has no operation {name!r}. It has: {shown}.")

    def _channel_2(self, name: str, *, sends: bool) -> Found:
        channel = self.child("channels", name)
        verb = "publish" if sends else "subscribe"
        return self._of_2(name, channel, self.inside(channel, verb))

    def _of_2(self, address: str, channel: Described, operation: Described) -> Found:
        message = self.inside(operation, "message")
        several = self._listed(message, "oneOf")
        servers = [str(each) for each in listed(channel.member("servers"))]
        messages = several or ([message] if message.value else [])
        return Found(address, channel, operation, messages, servers)

    def _listed(self, parent: Described, name: str) -> Sequence[Described]:
        inside = f"{parent.pointer}/{name}"
        found = enumerate(listed(parent.member(name)))
        return [self.at(each, f"{inside}/{index}") for index, each in found]


def listed(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
