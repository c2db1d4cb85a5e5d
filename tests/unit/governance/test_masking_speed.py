"""Masking takes linear time: whatever a hostile text repeats."""

import pytest
from tests.pace import at_best, within

from podium.governance.masking.finding import find

pytestmark = pytest.mark.timed

SIZE = 80_000
# A megabyte takes a second or two. Less than a tenth is tried; what is not linear takes minutes.
MOST_SECONDS = 1.5  # linear is a fifth of a second
UNITS = [
    "a", "1", "1 ", "4 ", "4111 ", "4111 1111 1111 1112 ", "GB82 ", "@", "a@", "a.", "a@a.", ":",
    "1:", ".", "1.", "+1", "00 1 ", "tel ", " ", "account no ", "-----BEGIN PRIVATE KEY-----",
    "eyJ", "eyJaaaaaaaa.", "sk-", "password: ", "password:aaaaaaaaaaaaaaaa", "born on the ",
    "http://a:", "a://b:", "é", "1\u200b", "٤", "AB1 2CD ", "AA11111 ", "%40", "'a", 'token="',
    "bearer ", "-", "\n", "07 ", "(", "fe80:", "ssn number ", "DE89370400440532013001 ", "123-45-",
    "eyJ-", "sk_live_", "AKIA", "x\u0301", "+1 (1) ", "0(", "[EMAIL_", "s/c ", "a/c 1-",
    "Mr. Ann ", "12 Aaa ", "12 Aaa Bbb Ccc St", "&#64;", "\\u0040", "QUJD",
    "YUBiLmM ", "6140",
    "Aa", "via Aa ", "rue de ",
    "name: Aa ", "Aastraße 1", "dear Aa ", "12-34-", "passport A", "icd ",
    "regards\n", "sq0aaa_", "key-a",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_a_hostile_text_is_read_in_linear_time(unit: str):
    text = unit * (SIZE // len(unit))
    with within(MOST_SECONDS):
        _ = find(text)


@pytest.mark.parametrize("head", ["a@", "tel ", "password: ", "born ", "GB", "sk-", "http://"])
def test_a_long_tail_after_a_beginning_is_read_in_linear_time(head: str):
    for tail in ("a", "1", " ", "."):
        with within(MOST_SECONDS):
            _ = find(head + tail * SIZE)


def test_ordinary_text_takes_less_than_a_millisecond_a_kilobyte():
    text = (
        "Hello, I sent 250.00 EUR on 12 March 2026 to my brother, and it has not arrived. "
        "My card ending 4242 was charged twice; please call me back after 18:00. Thanks, Ann. "
    ) * 64
    kilobytes = len(text) / 1000
    took = at_best(lambda: find(text), within=kilobytes / 1000, tries=20)
    per_kilobyte = took * 1000 / kilobytes
    print(f"\nmask: {per_kilobyte:.3f} ms a kilobyte of ordinary text")  # noqa: T201 - the measure is the point
    assert per_kilobyte < 1
