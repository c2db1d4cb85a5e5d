"""No link of the documentation to a file or heading of this repository is dead."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, pages, prose

_LINK = re.compile(r"\[[^\]]*\]\((?P<to>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(?P<title>.+?) *$")


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    titles = (found["title"] for _, line in prose(page) if (found := _HEADING.match(line)))
    plain = (re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", t)) for t in titles)
    return {title.lower().replace(" ", "-") for title in plain}


def _dead(page: Path) -> Iterator[str]:
    for number, line in prose(page):
        for link in _LINK.finditer(line):
            to, _, anchor = link["to"].partition("#")
            target = (page.parent / to).resolve() if to else page
            if "://" in link["to"] or link["to"].startswith("mailto:"):
                continue
            if not target.exists():
                yield f"{page.relative_to(ROOT)}:{number}: {link['to']} is not there"
            elif anchor and target.suffix == ".md" and anchor not in _anchors(target):
                yield f"{page.relative_to(ROOT)}:{number}: no heading #{anchor} in {to or 'it'}"


@pytest.mark.parametrize("page", pages(), ids=[str(page.relative_to(ROOT)) for page in pages()])
def test_links_lead_somewhere(page: Path) -> None:
    assert not list(_dead(page))


_FILE = re.compile(r"`(?P<name>[\w./-]+\.(?:py|toml))\b[^`]*`")


def test_the_files_that_pages_name_exist() -> None:
    """From the top of the repository or of the package; a name alone is found anywhere."""
    tops = (ROOT, ROOT / "src" / "podium")
    names = {path.name for path in (ROOT / "src").rglob("*.py")}
    dead = [
        f"{page.relative_to(ROOT)}:{number}: {name}"
        for page in (ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *_decisions())
        for number, line in prose(page)
        for name in (found["name"] for found in _FILE.finditer(line))
        if name not in names and not any((top / name).is_file() for top in tops)
    ]
    assert not dead


def _decisions() -> Iterator[Path]:
    return (ROOT / "docs" / "decisions").glob("*.md")
