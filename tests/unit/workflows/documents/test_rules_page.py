"""docs/reference/workflow-language.md names every rule there is, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import podium.workflows.documents
from podium.workflows.documents.references import _ONE

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "reference" / "workflow-language.md").read_text("utf-8")
FOLDER = Path(podium.workflows.documents.__file__).parent
_TABLES = PAGE.partition("### Reading and shape")[2].partition("## What does not run")[0]
NAMED = {
    rule
    for row in _TABLES.splitlines()
    for rule in re.findall(r"`([a-z-]+)`", row[: row.find("|", 2)])
}


def _emitted() -> Iterator[str]:
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="error" | "warning" | "stop"),
                    args=[ast.Constant(value=str(rule)), *_],
                ):
                    yield rule
                case _:
                    pass
    for one in _ONE.values():
        yield f"unknown-{one}"
        yield f"unused-{one}"
    yield "unsupported"


def test_every_rule_is_on_the_page_and_every_rule_of_the_page_exists():
    emitted = set(_emitted())
    assert emitted - NAMED == set(), "Add these to docs/reference/workflow-language.md."
    assert NAMED - emitted == set(), "Nothing finds these."
