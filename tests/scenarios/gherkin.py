"""Feature files as scenarios: names, and steps with the YAML that they carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler


@dataclass(frozen=True)
class Step:
    text: str
    body: str


@dataclass(frozen=True)
class Scenario:
    feature: str
    name: str
    line: int
    steps: Sequence[Step]

    @property
    def id(self) -> str:
        return f"{self.feature}: {self.name}"


def scenarios(folder: Path) -> list[Scenario]:
    """Of all feature files there, in the order of their names."""
    found: list[Scenario] = []
    for file in sorted(folder.glob("*.feature")):
        document = Parser().parse(file.read_text(encoding="utf-8"))
        document["uri"] = str(file)
        pickles = cast("list[dict[str, object]]", Compiler().compile(document))
        found += [_scenario(file.stem, pickle) for pickle in pickles]
    return found


def _scenario(feature: str, pickle: dict[str, object]) -> Scenario:
    steps = cast("list[dict[str, dict[str, dict[str, str]]]]", pickle["steps"])
    place = cast("dict[str, int]", pickle["location"])
    return Scenario(
        feature,
        str(pickle["name"]),
        place["line"],
        [
            Step(
                str(step["text"]), step.get("argument", {}).get("docString", {}).get("content", "")
            )
            for step in steps
        ],
    )
