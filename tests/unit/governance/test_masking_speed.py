"""Masking takes linear time: whatever a hostile text repeats."""

import time

import pytest

from podium.governance.masking.masking import find

SIZE = 200_000
# A megabyte takes a second at most where nothing else runs. A fifth of it is tried, with room for
# a busy neighbour on the same core; what is not linear takes minutes.
MOST_SECONDS = 3.0  # linear is a quarter of a second; under coverage and load four times that
UNITS = [
    "a", "1", "1 ", "4 ", "4111 ", "4111 1111 1111 1112 ", "GB82 ", "@", "a@", "a.", "a@a.", ":",
    "1:", ".", "1.", "+1", "00 1 ", "tel ", " ", "account no ", "-----BEGIN PRIVATE KEY-----",
    "eyJ", "eyJaaaaaaaa.", "sk-", "password: ", "password:aaaaaaaaaaaaaaaa", "born on the ",
    "http://a:", "a://b:", "é", "1\u200b", "٤", "AB1 2CD ", "AA11111 ", "%40", "'a", 'token="',
    "bearer ", "-", "\n", "07 ", "(", "fe80:", "ssn number ", "DE89370400440532013001 ", "123-45-",
    "eyJ-", "sk_live_", "AKIA", "x\u0301", "+1 (1) ", "0(", "[EMAIL_", "s/c ", "a/c 1-",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_a_hostile_text_is_read_in_linear_time(unit: str):
    text = unit * (SIZE // len(unit))
    started = time.process_time()
    _ = find(text)
    assert time.process_time() - started < MOST_SECONDS


@pytest.mark.parametrize("head", ["a@", "tel ", "password: ", "born ", "GB", "sk-", "http://"])
def test_a_long_tail_after_a_beginning_is_read_in_linear_time(head: str):
    for tail in ("a", "1", " ", "."):
        started = time.process_time()
        _ = find(head + tail * SIZE)
        assert time.process_time() - started < MOST_SECONDS


def test_ordinary_text_takes_less_than_a_millisecond_a_kilobyte():
    text = (
        "Hello, I sent 250.00 EUR on 12 March 2026 to my brother, and it has not arrived. "
        "My card ending 4242 was charged twice; please call me back after 18:00. Thanks, Ann. "
    ) * 64
    started = time.process_time()
    for _ in range(20):
        _ = find(text)
    per_kilobyte = (time.process_time() - started) * 1000 / 20 / (len(text) / 1000)
    print(f"\nmask: {per_kilobyte:.3f} ms a kilobyte of ordinary text")  # noqa: T201 - the measure is the point
    assert per_kilobyte < 1
