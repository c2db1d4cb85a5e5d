"""Texts are looked through once, and long ones in pieces that overlap."""

import time

import pytest

from podium.governance.masking.detecting import OVERLAP, PIECE, Detector
from podium.governance.masking.leaves import Leaf, TooDeep, rewritten

pytestmark = pytest.mark.anyio


async def test_what_stands_where_pieces_meet_is_found_once_and_at_its_place():
    filler = "word " * (PIECE // 5 - 2)
    text = f"{filler}ann@example.com {filler}4111 1111 1111 1111"
    (found,) = await Detector().findings([Leaf(text)])
    assert [text[one.start : one.end] for one in found] == [
        "ann@example.com",
        "4111 1111 1111 1111",
    ]
    assert len(text) > PIECE + OVERLAP


async def test_a_text_that_was_looked_through_costs_little_the_second_time():
    detector, leaf = Detector(), Leaf("write to ann@example.com about it. " * 300)
    began = time.process_time()
    first = await detector.findings([leaf])
    between = time.process_time()
    assert await detector.findings([leaf]) == first
    assert time.process_time() - between < (between - began) / 5


async def test_the_key_is_a_part_of_what_is_remembered():
    detector, text = Detector(), "correct horse battery staple " * 4
    plain, secret = await detector.findings([Leaf(text), Leaf(text, "password")])
    assert plain == []
    assert [one.kind for one in secret] == ["secret"]


def test_a_value_that_is_nested_too_deep_is_not_walked():
    value: object = "x"
    for _ in range(300):
        value = [value]
    with pytest.raises(TooDeep):
        _ = rewritten(value, lambda leaf: leaf.text)
