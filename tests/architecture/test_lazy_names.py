"""What is imported by a name in a text is not seen by the linters: here it is looked up."""

import re
from pathlib import Path

import pytest

from podium.cli.lazy import load

SRC = Path(__file__).parents[2] / "src"
NAMED = re.compile(r'"(podium(?:\.\w+)+:\w+)"')


def _targets() -> set[str]:
    return {found for path in SRC.rglob("*.py") for found in NAMED.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize("target", sorted(_targets()))
def test_what_is_named_in_a_text_is_there(target: str) -> None:
    assert callable(load(target))


def test_the_look_finds_what_the_command_line_loads() -> None:
    assert "podium.cli.opening:embedded" in _targets()
