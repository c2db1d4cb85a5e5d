"""SQL text: that it is one statement, and which parameters it names.

This reads just enough of SQL to skip what is quoted or a comment. The author of a workflow wrote
the statement; values from outside only ever come as parameters. So this guards against slips, and
where dialects disagree about what is quoted it asks for a clearer spelling.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from podium.kernel.errors import Invalid

_TOKEN = re.compile(
    r"""(?P<quoted>'(?:[^']|'')*+'|"(?:[^"]|"")*+"|`[^`]*+`)
    |(?P<dollar>\$(?P<tag>[A-Za-z_]\w*+)?\$)
    |(?P<comment>--[^\n]*+|/\*)
    |(?P<cast>::)
    |:(?P<name>[A-Za-z_]\w*+)
    |(?P<open>['"`])
    |(?P<end>;)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in pieces: `pieces[i]` comes before the parameter `names[i]`."""

    pieces: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    start: int
    end: int
    name: str = ""


def parse(text: str) -> Statement:
    """Raises Invalid for no statement, several statements, or a quote that does not end."""
    text = text.strip()
    pieces: list[str] = []
    names: list[str] = []
    last = 0
    end = len(text)
    for token in _tokens(text):
        if token.kind == "end":
            end = min(end, token.start)
        elif token.kind == "name" and token.start < end:
            pieces.append(text[last : token.start])
            names.append(token.name)
            last = token.end
    _refuse_rest(text, end)
    if not text[:end].strip():
        raise Invalid('The statement is empty. Write, for example, "select 1".')
    return Statement((*pieces, text[last:end]), tuple(names))


def _refuse_rest(text: str, end: int) -> None:
    rest = re.sub(r"--[^\n]*|/\*[\s\S]*?\*/", "", text[end:])
    if rest.strip(" \t\r\n;"):
        raise Invalid("Several statements in one. Write one task for each statement.")


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while match := _TOKEN.search(text, at):
        kind = match.lastgroup or ""
        at = match.end()
        if match["comment"] == "/*":
            at = _after(text, "*/", at)
        elif match["dollar"]:
            kind, at = "quoted", _after(text, match["dollar"], at)
        elif kind == "open":
            raise Invalid(f"The quote {match[0]} at character {match.start() + 1} does not end.")
        elif kind == "quoted" and "\\'" in match[0]:
            raise Invalid(
                "Databases read \\' in a quoted text differently. Give the text as a parameter."
            )
        yield _Token(kind, match.start(), at, match["name"] or "")


def _after(text: str, closing: str, start: int) -> int:
    found = text.find(closing, start)
    if found < 0:
        raise Invalid(f"What begins at character {start} does not end with {closing}.")
    return found + len(closing)
