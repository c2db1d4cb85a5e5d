"""Write the reference pages of functions and guardrails: python -m tests.contract.write_pages."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from podium.functions.pages import page
from podium.functions.ports import Services
from podium.functions.shelf import shelf
from podium.guardrails.pages import page as guardrail_page
from podium.guardrails.shelf import SHELF as GUARDRAILS
from podium.workflows.functions import Function

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGES = REFERENCE / "functions"
GUARDRAIL_PAGES = REFERENCE / "guardrails"


def functions() -> tuple[Function, ...]:
    """The whole shelf; its services are missing, so it is for looking at only."""
    nothing = SimpleNamespace(**dict.fromkeys(Services.__dataclass_fields__))
    return tuple(shelf(cast("Services", cast("object", nothing))).values())


if __name__ == "__main__":
    PAGES.mkdir(parents=True, exist_ok=True)
    for function in functions():
        _ = (PAGES / f"{function.name}.md").write_text(page(function), "utf-8")
    GUARDRAIL_PAGES.mkdir(parents=True, exist_ok=True)
    for guardrail in GUARDRAILS.values():
        told = guardrail_page(guardrail)
        _ = (GUARDRAIL_PAGES / f"{guardrail.kind}.md").write_text(told, "utf-8")
