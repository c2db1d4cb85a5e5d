r"""jq's tokens, as in libjq 1.8: one pass, no recursion; strings with `\( )` come out flat."""

import re
from typing import Final, Literal, NamedTuple, TypeAlias

from podium.workflows.expressions.errors import syntax

Kind: TypeAlias = Literal[
    "op",  # punctuation and keywords
    "ident",
    "field",  # .name
    "variable",  # $name
    "format",  # @name
    "number",
    "string",  # opens a string
    "text",  # a stretch of a string, escapes undone
    "into",  # \(
    "outof",  # the ) that ends an interpolation
    "close",  # closes a string
    "end",
]

KEYWORDS: Final = frozenset(
    {
        "as",
        "import",
        "include",
        "module",
        "def",
        "if",
        "then",
        "else",
        "elif",
        "and",
        "or",
        "end",
        "reduce",
        "foreach",
        "try",
        "catch",
        "label",
        "break",
        "__loc__",
    }
)
MAX_LENGTH: Final = 20_000

_IDENT: Final = r"(?:[a-zA-Z_]\w*::)*[a-zA-Z_]\w*"
_TOKEN: Final = re.compile(
    rf"""(?P<space>[ \t\r\n]+|\#(?:\\.|[^\\\r\n])*)
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<variable>\${_IDENT})
    |(?P<format>@\w+)
    |(?P<field>\.[a-zA-Z_]\w*)
    |(?P<ident>{_IDENT})
    |(?P<op>\?//=?|//=|[|+\-*/%!=<>]=|\.\.|//|[.?=;,:|+\-*/%<>()\[\]{{}}$])
    |(?P<string>")""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_TEXT: Final = re.compile(r'[^"\\]+')
_ESCAPES: Final = {
    '"': '"',
    "\\": "\\",
    "/": "/",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}
_UNICODE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_HIGH: Final = 0xD800
_LOW: Final = 0xDC00
_LAST: Final = 0xDFFF
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}


class Token(NamedTuple):
    """A tuple, since a document may have half a million of them."""

    kind: Kind
    text: str
    at: int


class _Lexer:
    """`open` holds the brackets not yet closed; `"` stands for an interpolation."""

    def __init__(self, program: str) -> None:
        self.program: str = program
        self.at: int = 0
        self.open: list[str] = []
        self.tokens: list[Token] = []

    def run(self) -> list[Token]:
        while self.at < len(self.program):
            found = _TOKEN.match(self.program, self.at)
            if found is None or found.lastgroup is None:
                raise syntax(f"jq does not know the character {self.program[self.at]!r}.", self.at)
            self._take(found.lastgroup, found.group())
        if self.open:
            raise syntax(f"{self.open[-1]!r} is never closed.", len(self.program))
        self._add("end", "")
        return self.tokens

    def _add(self, kind: Kind, text: str, length: int = 0) -> None:
        self.tokens.append(Token(kind, text, self.at))
        self.at += length

    def _take(self, group: str, text: str) -> None:
        match group:
            case "space":
                self.at += len(text)
            case "string":
                self._add("string", text, 1)
                self._string()
            case "op":
                self._bracket_or_operator(text)
            case "ident":
                self._add("op" if text in KEYWORDS else "ident", text, len(text))
            case "variable" | "format" | "field":
                self._add(group, text[1:], len(text))
            case _:
                self._add("number", text, len(text))

    def _bracket_or_operator(self, text: str) -> None:
        if text in _PAIRS:
            self._shut(text)
            return
        if text in {"(", "[", "{"}:
            self.open.append(text)
        self._add("op", text, len(text))

    def _shut(self, text: str) -> None:
        opened = self.open.pop() if self.open else ""
        if opened == '"' and text == ")":
            self._add("outof", text, 1)
            self._string()
        elif opened == _PAIRS[text]:
            self._add("op", text, 1)
        else:
            raise syntax(f"{text!r} closes nothing.", self.at)

    def _string(self) -> None:
        """The rest of a string up to its end or to the next interpolation."""
        start, parts = self.at, list[str]()
        while self.at < len(self.program):
            found = _TEXT.match(self.program, self.at)
            if found is not None:
                parts.append(found.group())
                self.at = found.end()
                continue
            if self.program[self.at] == '"' or self.program.startswith("\\(", self.at):
                break
            parts.append(self._escape())
        if self.at >= len(self.program):
            raise syntax('A string is never closed: a " is missing.', start)
        if parts:
            self.tokens.append(Token("text", "".join(parts), start))
        if self.program[self.at] == '"':
            self._add("close", '"', 1)
        else:
            self.open.append('"')
            self._add("into", "\\(", 2)

    def _escape(self) -> str:
        letter = self.program[self.at + 1 : self.at + 2]
        if letter in _ESCAPES:
            self.at += 2
            return _ESCAPES[letter]
        high = self._unit()
        if not _HIGH <= high <= _LAST:
            return chr(high)
        low = self._unit() if high < _LOW else 0
        if not _LOW <= low <= _LAST:
            raise syntax("A \\u escape is half of a surrogate pair.", self.at)
        return chr(0x10000 + ((high - _HIGH) << 10) + (low - _LOW))

    def _unit(self) -> int:
        found = _UNICODE.match(self.program, self.at)
        if found is None:
            shown = self.program[self.at : self.at + 2]
            raise syntax(f"{shown!r} is no escape that jq knows.", self.at)
        self.at = found.end()
        return int(found.group(1), 16)


def tokenize(program: str) -> list[Token]:
    """Raises ExpressionError(syntax)."""
    if len(program) > MAX_LENGTH:
        length = f"{len(program):,} characters, over {MAX_LENGTH:,}"
        raise syntax(f"The expression has {length}. Move part of it into a task.", 0)
    return _Lexer(program).run()
