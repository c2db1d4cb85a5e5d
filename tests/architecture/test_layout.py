"""Files are small, say what they are, and have no names that say nothing."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = tuple(
    sorted(
        path
        for folder in ("src", "tests", "examples", "bench")
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts
    )
)
PACKAGES = tuple(path for path in FILES if path.name == "__init__.py" and "src" in path.parts)
MOST_LINES = 400
EMPTY_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "base", "shared"})


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {_shown(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    long = {name: length for name, length in lengths.items() if length > MOST_LINES}
    assert not long, "Find the second subject in these files and give it a file."


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    names = {_shown(path): {path.stem, *path.relative_to(ROOT).parts[:-1]} for path in FILES}
    assert not [name for name, parts in names.items() if parts & EMPTY_NAMES]


def test_every_folder_of_the_source_is_a_package() -> None:
    folders = {path.parent for path in FILES if "src" in path.parts}
    assert not [_shown(folder) for folder in folders if not (folder / "__init__.py").is_file()]


@pytest.mark.parametrize("package", PACKAGES, ids=_shown)
def test_a_package_says_what_it_is(package: Path) -> None:
    said = ast.get_docstring(ast.parse(package.read_text("utf-8")))
    assert said, "Write its floor plan as the docstring."
    assert len(said.splitlines()) < 40


def test_the_floor_plan_names_every_room() -> None:
    said = ast.get_docstring(ast.parse((ROOT / "src/podium/__init__.py").read_text("utf-8"))) or ""
    rooms = {package.parent.name for package in PACKAGES if package.parts[-3] == "podium"}
    missing = sorted(room for room in rooms if room not in said)
    assert not missing, "Name these rooms in src/podium/__init__.py."
