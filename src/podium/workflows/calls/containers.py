"""`run: container`: what its members mean. The engine that runs it is given."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject, digest
from podium.workflows.calls.callee import kind_of
from podium.workflows.calls.processes import (
    Ended,
    answer,
    environment,
    stdin,
    text,
    words,
)
from podium.workflows.documents.durations import duration_seconds
from podium.workflows.functions import Call

WHAT: Final = "The container"
_IMAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,127}")
_PORT: Final = re.compile(r"([0-9]{1,5})(?:/(?:tcp|udp))?")
_MOST_PORT: Final = 65_535


class Cleanup(StrEnum):
    ALWAYS = "always"
    NEVER = "never"
    EVENTUALLY = "eventually"


class Pull(StrEnum):
    IF_NOT_PRESENT = "ifNotPresent"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Volume:
    """`source` is a folder of the machine, `target` its place in the container."""

    source: str
    target: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Container:
    """`key` marks it, so that a call that is made again finds what is left of the first.

    `ports` are pairs: of the machine, and of the container. `after` are the seconds until it is
    removed, with Cleanup.EVENTUALLY.
    """

    key: str
    image: str
    name: str
    command: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    stdin: bytes
    ports: tuple[tuple[str, str], ...]
    volumes: tuple[Volume, ...]
    cleanup: Cleanup
    after: float
    pull: Pull


class Containers(Protocol):
    """Raises NotFound (there is no engine), Unavailable, LimitReached, TimedOut, Refused."""

    async def run(self, container: Container, *, seconds: float) -> Ended: ...

    async def start(self, container: Container, *, seconds: float) -> None:
        """Run it without waiting for its end; it has these seconds all the same."""
        ...


class ContainerCall:
    def __init__(self, containers: Containers) -> None:
        self._containers: Containers = containers

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        """Raises Invalid, Fault, and what Containers raises."""
        container = _container(arguments, call)
        if arguments.get("await") is False:
            await self._containers.start(container, seconds=call.deadline)
            call.notes.append(f"{WHAT} {container.name} was started; its end is not awaited.")
            return None
        ended = await self._containers.run(container, seconds=call.deadline)
        return answer(ended, text(arguments.get("return")), WHAT)


def _container(arguments: JsonObject, call: Call) -> Container:
    lifetime = _table(arguments, "lifetime")
    after = lifetime.get("after")
    return Container(
        key=call.key,
        image=_matching(_IMAGE, arguments.get("image"), "image"),
        name=_name(arguments.get("name"), call),
        command=text(arguments.get("command")),
        arguments=words(arguments),
        environment=environment(arguments, call),
        stdin=stdin(arguments),
        ports=tuple(
            (_port(outer).partition("/")[0], _port(inner))
            for outer, inner in _table(arguments, "ports").items()
        ),
        volumes=tuple(
            _volume(source, target) for source, target in _table(arguments, "volumes").items()
        ),
        cleanup=Cleanup(text(lifetime.get("cleanup", Cleanup.NEVER))),
        after=0.0 if after is None else duration_seconds(after),
        pull=Pull(text(arguments.get("pullPolicy", Pull.IF_NOT_PRESENT))),
    )


def _name(value: Json, call: Call) -> str:
    """As given; or one that says which run it belongs to."""
    if value is not None:
        return _matching(_NAME, value, "name")
    return f"podium-{call.run}-{digest(call.path)[:12]}"


def _matching(pattern: re.Pattern[str], value: Json, what: str) -> str:
    found = text(value)
    if pattern.fullmatch(found):
        return found
    raise Invalid(
        f"The container's {what} is {found[:80]!r}, which cannot be one. Use letters, digits and "
        f"the signs that engines take, and begin with a letter or digit."
    )


def _port(value: Json) -> str:
    found = _PORT.fullmatch(text(value))
    if found is None or not 0 < int(found[1]) <= _MOST_PORT:
        raise Invalid(
            f"{text(value)[:80]!r} is no port. Write numbers from 1 to {_MOST_PORT}, such as "
            f'"8080": 80.'
        )
    return found[0]


def _volume(source: str, value: Json) -> Volume:
    target = text(value)
    read_only = target.endswith(":ro")
    target = target.removesuffix(":ro")
    if not source.startswith("/") or not target.startswith("/") or {",", '"'} & {*source, *target}:
        raise Invalid(
            f"The volume {source[:80]!r}: {target[:80]!r} cannot be mounted. Write two absolute "
            f"paths without commas and quotes, such as /srv/data: /data, or /data:ro to read only."
        )
    return Volume(source, target, read_only)


def _table(arguments: JsonObject, name: str) -> JsonObject:
    value = arguments.get(name)
    if value is None or isinstance(value, Mapping):
        return value or {}
    raise Invalid(f"The container's {name} must be a mapping, got {kind_of(value)}.")
