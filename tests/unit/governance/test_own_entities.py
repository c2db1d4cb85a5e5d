"""What an operator adds to the pack, and how texts within texts are read."""

import base64

import pytest
from tests.pace import within

from podium.governance.masking.classes import DataClass
from podium.governance.masking.finding import find, kinds_in
from podium.governance.masking.masking import Numbered, mask
from podium.governance.masking.own import OwnEntity, own_pack
from podium.governance.masking.pack import KINDS, PACK
from podium.governance.masking.patterns import compiled, compiled_words
from podium.kernel.errors import Invalid

STAFF = OwnEntity("staff", DataClass.INTERNAL, pattern=r"\bEMP-[0-9]{6}\b")
PROJECTS = OwnEntity("project", DataClass.INTERNAL, words=("Blue Whale", "C++ port", "Ärger"))


def test_own_entities_are_found_by_pattern_and_by_word_whatever_the_case():
    pack = own_pack(PACK, [STAFF, PROJECTS])
    text = "é EMP-123456 works on blue WHALE, the c++ port and Ärger; a@x.com"
    assert mask(text, Numbered({}), pack=pack).value == (
        "é [STAFF_1] works on [PROJECT_1], the [PROJECT_2] and [PROJECT_3]; [EMAIL_1]"
    )
    assert pack.classes["staff"] is DataClass.INTERNAL
    assert find("EMP-1234567 blue whales", pack=pack) == []


def test_every_kind_has_a_class_and_without_own_entities_the_pack_is_what_it_was():
    assert set(PACK.classes) == set(KINDS)
    assert PACK.classes["card"] is DataClass.PCI
    assert PACK.classes["diagnosis"] is DataClass.PHI
    assert PACK.classes["email"] is DataClass.PII
    assert own_pack(PACK, []) is PACK


@pytest.mark.parametrize("pattern", ["(", "a(?=b)", r"(a)\1", "x" * 1001, "a{1000}{1000}"])
def test_a_pattern_that_could_run_away_is_refused_with_the_reason(pattern: str):
    with pytest.raises(Invalid, match="pattern"):
        _ = compiled(pattern)


@pytest.mark.parametrize("words", [(), (" ",), tuple(f"w{i}" for i in range(10_001))])
def test_a_list_of_words_has_some_and_not_too_many(words: tuple[str, ...]):
    with pytest.raises(Invalid, match="list of words"):
        _ = compiled_words(words)


def test_a_pattern_that_would_backtrack_takes_linear_time():
    pack = own_pack(PACK.only(()), [OwnEntity("x", DataClass.PII, pattern=r"(a+)+$")])
    with within(1.0):
        assert find("a" * 100_000 + "b", pack=pack) == []


def encoded(text: str, times: int) -> str:
    for _ in range(times):
        text = base64.b64encode(text.encode()).decode()
    return text


@pytest.mark.parametrize("times", [1, 2, 3])
def test_texts_within_texts_are_read_and_replaced_whole(times: int):
    text = f"see {encoded('write to ann@example.com', times)} now"
    assert mask(text, Numbered({})).value == "see [EMAIL_1] now"


def test_what_only_looks_encoded_stays():
    for text in (
        encoded("nothing to see here", 1),
        encoded("\0\1\2\3" * 8, 1),
        "deadbeef" * 8,
        "100% of &c; &nosuchthing; &#x110000; %ff%fe \\u00zz",
        "A" * 70_000,
    ):
        assert find(text) == []


def test_kinds_are_told_once_in_order():
    assert kinds_in(find("a@x.com 203.0.113.9 b@x.com")) == ("email", "ip_address")
