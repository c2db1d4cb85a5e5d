"""Whether extracted values occur in the text that they are said to come from."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from podium.kernel.json import Json, JsonObject

_NUMBER = re.compile(r"\d+(?:[.,' \u00a0\u202f]\d+)*")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_NO_WORD = re.compile(r"[\W_]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_THOUSAND = 3


@dataclass(frozen=True, slots=True)
class Source:
    """A text as values are looked for in it: its words, and the numbers it may be read as."""

    words: str
    numbers: frozenset[float]

    @classmethod
    def of(cls, text: str) -> "Source":
        plain = unicodedata.normalize("NFKC", text)
        found = {value for match in _NUMBER.finditer(plain) for value in _readings(match[0])}
        return cls(f" {_words(plain)} ", frozenset(found))

    def has(self, value: str | float) -> bool:
        if isinstance(value, str):
            return self._has_text(value)
        return abs(value) in self.numbers

    def _has_text(self, value: str) -> bool:
        words = _words(unicodedata.normalize("NFKC", value))
        if f" {words} " in self.words or words.replace(" ", "") == "":
            return bool(words)
        date = _ISO_DATE.fullmatch(value.strip())
        return date is not None and self._has_date(*map(int, date.groups()))

    def _has_date(self, year: int, month: int, day: int) -> bool:
        """A date is there where its year, its day and its month (in digits or letters) are."""
        named = 1 <= month <= len(_MONTHS) and f" {_MONTHS[month - 1]}" in self.words
        years = {float(year), float(year % 100)}
        return (
            bool(years & self.numbers) and day in self.numbers and (named or month in self.numbers)
        )


def _words(text: str) -> str:
    return _NO_WORD.sub(" ", text.casefold()).strip()


def _readings(spelled: str) -> Iterator[float]:
    """Each number that `1.234,50` may be: with either sign as the decimal one, and its parts."""
    parts = re.split(r"\D", spelled)
    yield from (float(part) for part in parts)
    yield float("".join(parts))
    if len(parts) > 1:
        yield float(f"{''.join(parts[:-1])}.{parts[-1]}")


def ungrounded(fields: JsonObject, schema: JsonObject, source: Source) -> list[str]:
    """JSON pointers of texts and numbers that the source does not have.

    What a schema lets choose from a list (enum, const) is chosen and not quoted, so it is left out.
    """
    return [
        path
        for path, value, rules in _leaves(fields, schema, "")
        if not ({"enum", "const"} & rules.keys()) and not source.has(value)
    ]


def _leaves(
    value: Json, schema: JsonObject, path: str
) -> Iterator[tuple[str, str | float, JsonObject]]:
    match value:
        case bool() | None:
            return
        case str() | int() | float():
            yield path, value, schema
        case Mapping():
            rules = _inside(schema, "properties")
            for key, item in value.items():
                yield from _leaves(item, _inside(rules, key), f"{path}/{_escaped(key)}")
        case Sequence():
            for place, item in enumerate(value):
                yield from _leaves(item, _inside(schema, "items"), f"{path}/{place}")


def _inside(schema: JsonObject, key: str) -> JsonObject:
    found = schema.get(key)
    return found if isinstance(found, Mapping) else {}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
