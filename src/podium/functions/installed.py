"""The catalog: podium's own functions, and those of installed packages (entry points)."""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import SimpleNamespace
from typing import Final, cast

from podium.functions.declared import Declared
from podium.functions.ports import Services
from podium.functions.shelf import shelf
from podium.kernel.errors import Invalid
from podium.workflows.functions import Function

GROUP: Final = "podium.functions"


def catalog(own: Mapping[str, Function], points: Iterable[EntryPoint]) -> Mapping[str, Function]:
    """By name. Raises Invalid for two functions of one name, and for one that cannot be loaded."""
    found = dict(own)
    whose: dict[str, str] = dict.fromkeys(own, "podium")
    for point in sorted(points, key=lambda each: (each.name, each.value)):
        package = _package(point)
        function = _loaded(point, package)
        if function.name in found:
            raise Invalid(
                f"{package} has a function '{function.name}' ({point.value}), and so has "
                f"{whose[function.name]}. Rename one, or uninstall one of the packages."
            )
        found[function.name] = function
        whose[function.name] = f"{package} ({point.value})"
    return found


def installed() -> Iterable[EntryPoint]:
    return entry_points(group=GROUP)


def described() -> Mapping[str, Function]:
    """The catalog to look at and not to call: podium's own functions are made without services."""
    nothing = cast("object", SimpleNamespace(**dict.fromkeys(Services.__dataclass_fields__)))
    return catalog(shelf(cast("Services", nothing)), installed())


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.module


def _loaded(point: EntryPoint, package: str) -> Function:
    try:
        found = cast("object", point.load())
    except Exception as error:  # the edge: a package may do anything when it is imported
        reason = f"{type(error).__name__}: {error}"
        message = f"The function '{point.name}' of {package} ({point.value}) cannot be loaded"
        raise Invalid(f"{message}: {reason}. Repair or uninstall the package.") from error
    function = _unwrapped(found)
    if not isinstance(function, Function):
        kind = type(function).__name__
        raise Invalid(
            f"The entry point '{point.name}' of {package} names {point.value}, which is a {kind}. "
            "It has to be decorated with @podium.function."
        )
    if function.name != point.name:
        raise Invalid(
            f"The entry point '{point.name}' of {package} names the function '{function.name}'. "
            "Give both the same name."
        )
    return function


def _unwrapped(found: object) -> object:
    return cast("Declared[..., object]", found).function if isinstance(found, Declared) else found
