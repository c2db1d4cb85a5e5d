"""Write the reference pages of the functions: python -m tests.contract.write_pages."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from podium.functions.pages import page
from podium.functions.ports import Services
from podium.functions.shelf import shelf
from podium.workflows.functions import Function

PAGES = Path(__file__).parents[2] / "docs" / "reference" / "functions"


def functions() -> tuple[Function, ...]:
    """The whole shelf; its services are missing, so it is for looking at only."""
    nothing = SimpleNamespace(**dict.fromkeys(Services.__dataclass_fields__))
    return tuple(shelf(cast("Services", cast("object", nothing))).values())


if __name__ == "__main__":
    PAGES.mkdir(parents=True, exist_ok=True)
    for function in functions():
        _ = (PAGES / f"{function.name}.md").write_text(page(function), "utf-8")
