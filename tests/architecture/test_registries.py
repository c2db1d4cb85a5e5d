"""No committed file names a package registry's host: packages come from where pip is told.

The names are put together here, so that this file has none either.
"""

import fnmatch
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOSTS = tuple(
    ".".join(parts).encode()
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("proxy", "golang", "org"),
        ("repo1", "maven", "org"),
        ("conda", "anaconda", "org"),
        ("nuget", "org"),
    )
)
IGNORED = (
    ".git",
    *(line.strip().strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines()),
)


def _committed(folder: Path) -> Iterator[Path]:
    """What .gitignore does not leave out."""
    for path in folder.iterdir():
        if any(fnmatch.fnmatch(path.name, pattern) for pattern in IGNORED):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _committed(path)
        elif path.is_file():
            yield path


def test_no_committed_file_names_a_registry() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in _committed(ROOT)
        if any(host in path.read_bytes() for host in HOSTS)
    ]
    assert not naming


def test_requirements_are_pinned_and_hashed_without_addresses() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text("utf-8")
        assert "://" not in text, path.name
        assert "--index" not in text, path.name
        pinned = [line for line in text.splitlines() if line and line[0].isalnum()]
        assert pinned, path.name
        assert all("==" in line for line in pinned), path.name
        assert text.count("--hash=sha256:") >= len(pinned), path.name
