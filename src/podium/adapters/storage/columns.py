"""Column types that mean the same on SQLite and PostgreSQL."""

import re
from typing import final

from sqlalchemy import BigInteger, Double, Integer, LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from podium.kernel.errors import Invalid

KEY_BYTES = 1000
"""An index row of PostgreSQL holds 2704 bytes, so that a key of two such columns always fits."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NUL_SIGN = "\u2400"
_REPLACEMENT = "\ufffd"


def storable(text: str) -> str:
    """PostgreSQL refuses NUL in text, and neither database takes half a surrogate pair.

    They become the signs ␀ and �, on both. JSON is not touched by this: it is stored escaped.
    """
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub(lambda found: _NUL_SIGN if found[0] == "\0" else _REPLACEMENT, text)


@final
class Words(TypeDecorator[str]):
    """Text for people, of any length; not indexed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else storable(value)


@final
class Key(TypeDecorator[str]):
    """Text that is looked up and sorted: by code point, whatever the database's language.

    Raises Invalid for more than `KEY_BYTES`.
    """

    impl = Text().with_variant(Text(collation="C"), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        if len(value) > KEY_BYTES // 4 and len(value.encode("utf-8", "replace")) > KEY_BYTES:
            raise Invalid(
                f"'{value[:40]}…' has {len(value)} characters; a name, key or id may have at "
                f"most {KEY_BYTES} bytes. Use a shorter one."
            )
        return storable(value)


Seconds = Double
"""Seconds since the epoch."""

Document = Text
"""Canonical JSON in ASCII, or `@` and the digest of a payload."""

Count = BigInteger
Bytes = LargeBinary
Serial = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts up by itself for INTEGER keys only."""
