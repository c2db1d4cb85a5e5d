"""What each client does through podium, and how its script tells what came of it.

The standard library alone: scripts import this in the environment of their client.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Final

MODEL: Final = "small"
QUESTION: Final = "Please greet me."
GREETING: Final = "Good morning from the provider."
ASKED: Final = "Please greet me, and say how warm it is in Rome."
TOOL: Final = "temperature"
SAYS: Final = "The temperature in a city."
RESULT: Final = "21 degrees"
REPORT: Final = "It is 21 degrees in Rome."
SCHEMA: Final = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Podium:
    """Where podium is, and a key of it. OpenAI's clients want `v1`, Anthropic's `url`."""

    url: str
    key: str

    @property
    def v1(self) -> str:
        return f"{self.url}/v1"


@dataclass(slots=True)
class Thermometer:
    """The tool that a model may call; it remembers where it was asked for."""

    cities: list[str] = field(default_factory=list)

    def temperature(self, city: str) -> str:
        """The temperature in a city."""
        self.cities.append(city)
        return f"{RESULT} in {city}"


@dataclass(frozen=True, slots=True)
class Steps:
    """Each asks podium and returns the text of the answer; a stream, its pieces."""

    chat: Callable[[Podium], str]
    stream: Callable[[Podium], Sequence[str]]
    tool: Callable[[Podium, Thermometer], str]


def here() -> Podium:
    known = os.environ  # noqa: TID251 - the edge of a program
    return Podium(known["PODIUM_URL"], known["PODIUM_KEY"])


def tell(packages: Sequence[str], ways: dict[str, Steps]) -> None:
    """One line of JSON for each address of podium that the client can use."""
    podium = here()
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    for address, steps in ways.items():
        said = {
            "versions": versions,
            "address": address,
            "chat": _came_of(lambda steps=steps: _chats(steps.chat(podium))),
            "stream": _came_of(lambda steps=steps: _streams(steps.stream(podium))),
            "tool": _came_of(lambda steps=steps: _calls(steps, podium)),
        }
        sys.stdout.write(f"\n{json.dumps(said)}\n")
        sys.stdout.flush()


def _came_of(step: Callable[[], str]) -> str:
    """`ok`, or what is wrong."""
    try:
        return step() or "ok"
    except Exception as error:  # noqa: BLE001 - whatever a client raises is what came of it
        return f"{type(error).__name__}: {error}"[:_LONGEST]


def _chats(text: str) -> str:
    return "" if text.strip() == GREETING else f"The answer is {text[:_LONGEST]!r}."


def _streams(pieces: Sequence[str]) -> str:
    said = [piece for piece in pieces if piece]
    if len(said) < len(GREETING.split()) - 1:
        return f"The stream has {len(said)} pieces."
    return _chats("".join(said))


def _calls(steps: Steps, podium: Podium) -> str:
    thermometer = Thermometer()
    text = steps.tool(podium, thermometer)
    if thermometer.cities != ["Rome"]:
        return f"The tool was called for {thermometer.cities}."
    return "" if text.strip() == REPORT else f"The answer is {text[:_LONGEST]!r}."
