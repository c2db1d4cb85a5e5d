"""docs/glossary.md is the source of every name: what is published stands in it, and it is true."""

import ast
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache, reduce
from importlib import import_module
from pathlib import Path
from typing import cast

import pytest

from podium.cli.app import Commands
from podium.cli.commands.validate import catalog
from podium.gateway.caching.rules import CacheMode, CacheScope, CacheStatus
from podium.gateway.models import Capability, Operation, Outcome
from podium.gateway.supply.modes import JsonMode, ToolMode
from podium.governance.approvals import ApprovalStatus
from podium.governance.guardrails import At, Effect, Mode
from podium.governance.masking.classes import DataClass
from podium.governance.masking.policy import Treatment
from podium.identity.access import Action
from podium.identity.ports import CredentialKind
from podium.identity.principal import Kind, Role
from podium.kernel.audit import Outcome as AuditOutcome
from podium.observability.spans import SpanKind, SpanStatus
from podium.settings import Settings
from podium.workflows.runs import RunStatus

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "podium"
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
CODES = frozenset(cast("list[str]", re.findall(r"`([^`]+)`", GLOSSARY)))
ENUMS: tuple[type[StrEnum], ...] = (
    Action,
    ApprovalStatus,
    At,
    Effect,
    Mode,
    AuditOutcome,
    CacheMode,
    CacheScope,
    CacheStatus,
    Capability,
    DataClass,
    JsonMode,
    Kind,
    Operation,
    Outcome,
    Role,
    RunStatus,
    SpanKind,
    SpanStatus,
    ToolMode,
    Treatment,
)


def _rows() -> Iterator[list[str]]:
    for line in GLOSSARY.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] != "Noun":
            yield cells


def _forbidden() -> Iterator[str]:
    for cells in _rows():
        yield from filter(None, cells[4].split(", "))
    yield from ("manager", "factory", "repository", "controller", "helper", "util", "utils")


@pytest.mark.parametrize(
    "kind", ENUMS, ids=[f"{kind.__module__}.{kind.__name__}" for kind in ENUMS]
)
def test_every_status_and_kind_is_explained(kind: type[StrEnum]) -> None:
    assert {str(one) for one in kind} <= CODES


def test_every_kind_of_credential_is_explained() -> None:
    kinds = {CredentialKind.INVITATION, CredentialKind.SESSION, CredentialKind.API_KEY}
    assert kinds <= CODES


def test_every_url_segment_is_explained() -> None:
    text = (ROOT / "openapi.json").read_text("utf-8")
    paths = cast("dict[str, dict[str, object]]", json.loads(text))["paths"]
    segments = {part for path in paths for part in path.split("/") if part}
    named = {part for part in segments if not part.startswith("{")} - {"api", "v1"}
    assert {f"/{part}" for part in named} <= CODES


def test_every_command_is_explained() -> None:
    assert {f"podium {lazy.name}" for lazy in Commands.table} <= CODES


def test_every_section_of_the_configuration_is_explained() -> None:
    assert {f"{name}:" for name in Settings.model_fields} <= CODES


def test_every_room_is_named() -> None:
    rooms = {init.parent.name for init in SOURCE.glob("*/__init__.py")}
    assert rooms <= CODES


def test_every_function_is_named() -> None:
    assert {name for name in catalog() if ":" not in name} <= CODES


@pytest.mark.parametrize("cells", [pytest.param(cells, id=cells[0]) for cells in _rows()])
def test_every_python_name_exists(cells: list[str]) -> None:
    for name in cast("list[str]", re.findall(r"`([\w.]+)`", cells[2])):
        module, _, rest = _split(name)
        found: object = reduce(getattr, rest.split("."), import_module(f"podium.{module}"))
        assert found is not None


def _split(name: str) -> tuple[str, str, str]:
    """The module is as much of it as is a file or folder."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        path = SOURCE.joinpath(*parts[:cut])
        if path.is_dir() or path.with_suffix(".py").is_file():
            return ".".join(parts[:cut]), ".", ".".join(parts[cut:])
    raise AssertionError(f"The glossary names podium.{name}, and there is no such module.")


@cache
def _words(identifier: str) -> str:
    """`WorkflowRef` and `workflow_ref` are " workflow ref "."""
    split = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", identifier)
    return f" {' '.join(split).lower()} "


def _identifiers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What the code names itself: definitions, arguments and assigned variables."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield node.lineno, name
            case ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name
            case _:
                pass


def test_no_identifier_uses_another_word() -> None:
    words = [_words(word.replace(" ", "_")) for word in _forbidden()]
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted(SOURCE.rglob("*.py"))
        for line, name in _identifiers(ast.parse(path.read_text("utf-8")))
        if any(word in _words(name) for word in words)
    ]
    assert not found, "docs/glossary.md has other words for these."
