"""Functions of installed packages join the catalog; a clash says who."""

import sys
from importlib.metadata import Distribution, EntryPoint, EntryPoints, distributions
from pathlib import Path

import pytest
from tests.contract.write_pages import functions

from podium.functions.installed import GROUP, catalog
from podium.kernel.errors import Invalid

OWN = {function.name: function for function in functions()}
GOOD = """
import podium

@podium.function(kind="pure")
def greet(name: str) -> str:
    "Say hello."
    return f"Hello {name}"

@podium.function(kind="pure")
def log(name: str) -> str:
    return name

plain = 5
"""


def points(
    folder: Path, module: str, names: dict[str, str], *, package: str = "shop-functions"
) -> EntryPoints:
    """Those of a package that is installed in this folder."""
    (folder / f"{module}.py").write_text(GOOD, "utf-8")
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = "".join(f"{name} = {module}:{target}\n" for name, target in names.items())
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")
    found: list[EntryPoint] = []
    for one in distributions(path=[str(folder)]):
        assert isinstance(one, Distribution)
        found.extend(one.entry_points)
    return EntryPoints(found)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("shop_")]:
        del sys.modules[name]


def test_a_package_adds_functions_to_the_catalog(site: Path):
    found = catalog(OWN, points(site, "shop_one", {"greet": "greet"}))
    assert set(found) == {*OWN, "greet"}
    assert found["greet"].summary == "Say hello."


def test_a_function_with_the_name_of_one_of_podiums_is_refused_and_says_whose(site: Path):
    with pytest.raises(Invalid, match=r"shop-functions has a function 'log' .*so has podium"):
        _ = catalog(OWN, points(site, "shop_two", {"log": "log"}))


def test_two_packages_with_one_function_are_both_named(site: Path):
    one = points(site, "shop_three", {"greet": "greet"})
    folder = site / "other"
    folder.mkdir()
    two = points(folder, "shop_three", {"greet": "greet"}, package="other-shop")
    with pytest.raises(Invalid, match="shop-functions") as caught:
        _ = catalog(OWN, [*one, *two])
    assert "other-shop" in caught.value.message


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"greet": "missing"}, "cannot be loaded: AttributeError"),
        ({"greet": "plain"}, "decorated with @podium.function"),
        ({"hello": "greet"}, "Give both the same name"),
    ],
)
def test_what_is_no_function_is_refused(site: Path, names: dict[str, str], words: str):
    with pytest.raises(Invalid, match=words):
        _ = catalog(OWN, points(site, "shop_four", names))


def test_a_package_that_breaks_when_imported_is_named(site: Path):
    found = points(site, "shop_five", {"greet": "greet"})
    (site / "shop_five.py").write_text("raise RuntimeError('no licence')", "utf-8")
    with pytest.raises(Invalid, match=r"shop-functions .* RuntimeError: no licence"):
        _ = catalog(OWN, found)
