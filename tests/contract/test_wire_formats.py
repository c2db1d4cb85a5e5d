"""The page about wire formats says what the translators do."""

from pathlib import Path

from tests.contract.wire_formats import page

PAGE = Path(__file__).parents[2] / "docs/reference/wire-formats.md"


def test_the_page_about_wire_formats_is_what_the_translators_do() -> None:
    assert PAGE.read_text("utf-8") == page(), "Write it anew: make publish"
