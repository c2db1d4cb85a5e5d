import pytest
from sqlalchemy.dialects import sqlite

from podium.adapters.storage.columns import KEY_BYTES, Key, Words, storable
from podium.kernel.errors import Invalid

DIALECT = sqlite.dialect()


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("plain", "plain"),
        ("naïve 日本 🎼", "naïve 日本 🎼"),
        ("a\0b\0", "a␀b␀"),
        ("half \ud83c of it", "half \ufffd of it"),
        ("\x01\x7f\n\t", "\x01\x7f\n\t"),
    ],
)
def test_only_what_no_database_takes_is_replaced(text: str, stored: str):
    assert storable(text) == stored
    assert Words().process_bind_param(text, DIALECT) == stored
    assert Key().process_bind_param(text, DIALECT) == stored


def test_a_key_that_no_index_takes_is_invalid():
    assert Key().process_bind_param("é" * (KEY_BYTES // 2), DIALECT)
    with pytest.raises(Invalid, match=r"has 501 characters.* at most 1000 bytes"):
        _ = Key().process_bind_param("é" * (KEY_BYTES // 2 + 1), DIALECT)


def test_nothing_stays_nothing():
    assert Words().process_bind_param(None, DIALECT) is None
    assert Key().process_bind_param(None, DIALECT) is None
