"""Entities that an operator adds: by pattern, or by a list of words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from podium.governance.masking.classes import DataClass
from podium.governance.masking.pack import Pack
from podium.governance.masking.patterns import Pattern, compiled, compiled_words
from podium.governance.masking.rules import Place, Rule


@dataclass(frozen=True, slots=True)
class OwnEntity:
    """`kind` is its name; `pattern`, or else `words`, say what it looks like."""

    kind: str
    data_class: DataClass
    pattern: str = ""
    words: Sequence[str] = ()


def own_pack(pack: Pack, entities: Sequence[OwnEntity]) -> Pack:
    """The pack with them. Raises Invalid for a pattern or list that cannot be one."""
    if not entities:
        return pack
    rules = tuple(Rule(entity.kind, _finder(_pattern(entity))) for entity in entities)
    return pack.with_own(rules, {entity.kind: entity.data_class for entity in entities})


def _pattern(entity: OwnEntity) -> Pattern:
    return compiled(entity.pattern) if entity.pattern else compiled_words(entity.words)


def _finder(pattern: Pattern) -> Callable[[str], Iterator[Place]]:
    def find(text: str) -> Iterator[Place]:
        for found in pattern.finditer(text):
            start, end = found.span()
            if end > start:
                yield start, end

    return find
