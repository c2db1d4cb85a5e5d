"""A document that passed the check."""

from dataclasses import dataclass

from podium.kernel.json import JsonObject


@dataclass(frozen=True, slots=True)
class Document:
    """`source` is the whole document as plain JSON, `digest` the SHA-256 of its canonical
    spelling, `text` what was written.
    """

    name: str
    namespace: str
    version: str
    dsl: str
    title: str
    source: JsonObject
    digest: str
    text: str
