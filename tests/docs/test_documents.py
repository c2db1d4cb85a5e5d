"""Workflows and configurations shown in the documentation are ones that podium takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, Block, blocks, pages

from podium.cli.commands.validate import catalog
from podium.settings import load
from podium.workflows.documents.check import check
from podium.workflows.documents.yaml import load as read


def _yaml(first: str) -> Iterator[object]:
    for page in pages():
        for block in blocks(page):
            lines = (line for line in block.text.splitlines() if not line.startswith("#"))
            if block.language == "yaml" and next(lines, "").startswith(first):
                yield pytest.param(block, id=block.place)


def _files(pattern: str) -> Iterator[object]:
    for path in sorted((ROOT / "examples").glob(pattern)):
        text = path.read_text("utf-8")
        yield pytest.param(Block(path, 1, "yaml", text, ""), id=str(path.relative_to(ROOT)))


@pytest.mark.parametrize("block", [*_yaml("document:"), *_files("*/workflow.yaml")])
def test_a_workflow_has_no_finding(block: Block) -> None:
    found = check(read(block.text, name=block.place), catalog())
    assert not found, "\n".join(f"{block.line + one.line - 1}: {one.message}" for one in found)


@pytest.mark.parametrize("block", [*_yaml("version: 1"), *_files("*/podium.yaml")])
def test_a_configuration_loads(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "podium.yaml"
    _ = path.write_text(block.text, "utf-8")
    assert load(path, {}).version == 1
