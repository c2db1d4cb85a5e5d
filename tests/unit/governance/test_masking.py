"""What mask finds, what it leaves, and how placeholders are named."""

import re
from pathlib import Path

import pytest

from podium.governance.masking.checks import is_card, luhn
from podium.governance.masking.finding import find
from podium.governance.masking.masking import Keyed, Masked, Numbered, mask, taken
from podium.governance.masking.pack import KINDS, PACK
from podium.kernel.json import Json

MARK = re.compile(r"<(\w+)>(.*?)</\1>")
CASES = (Path(__file__).parent / "masking_cases.txt").read_text("utf-8").splitlines()
# IBAN NL91 … 01 has a wrong check digit on purpose, and "The account opened 2024" no account.
FLOOR_RECALL, FLOOR_PRECISION = 0.97, 0.97


def masked(value: Json) -> Masked:
    return mask(value, Numbered(taken(value)))


def unmark(line: str) -> tuple[str, list[tuple[str, int, int]]]:
    text, spans, last = "", [], 0
    for match in MARK.finditer(line):
        text += line[last : match.start()]
        spans.append((match[1], len(text), len(text) + len(match[2])))
        text, last = text + match[2], match.end()
    return text + line[last:], spans


def test_recall_and_precision_on_the_labelled_set_stay_above_their_floors():
    hits, wanted, found, wrong = 0, 0, 0, []
    for line in CASES:
        if not line or line.startswith("#"):
            continue
        text, spans = unmark(line)
        got = [(one.kind, one.start, one.end) for one in find(text)]
        hits += len(set(got) & set(spans))
        wanted, found = wanted + len(spans), found + len(got)
        if set(got) != set(spans):
            wrong.append((text, [(kind, text[a:b]) for kind, a, b in got]))
    recall, precision = hits / wanted, hits / found
    print(f"\nmask: {wanted} entities, recall {recall:.3f}, precision {precision:.3f}")  # noqa: T201 - the measure is the point
    for text, got in wrong:
        print(f"  {text!r} -> {got}")  # noqa: T201 - the measure is the point
    assert recall >= FLOOR_RECALL
    assert precision >= FLOOR_PRECISION


def test_the_same_value_has_the_same_number_however_it_is_spelled():
    text = "4111 1111 1111 1111, 4111-1111-1111-1111, 5555555555554444, A@x.com a@x.com"
    assert masked(text).value == "[CARD_1], [CARD_1], [CARD_2], [EMAIL_1] [EMAIL_1]"


def test_places_count_in_the_original_even_where_characters_without_width_were_skipped():
    text = "card \uff14\uff11\uff11\uff11 \uff11\uff11\uff11\uff11-1111\u200b1111!"
    (entity,) = masked(text).entities
    assert (
        text[entity.start : entity.end]
        == "\uff14\uff11\uff11\uff11 \uff11\uff11\uff11\uff11-1111\u200b1111"
    )


def test_text_that_was_masked_before_keeps_its_placeholders_apart_from_new_ones():
    once = masked("a@x.com").value
    again = masked(f"{once} b@x.com")
    assert again.value == "[EMAIL_1] [EMAIL_2]"
    assert masked(again.value).entities == ()


def test_all_texts_keys_and_long_numbers_of_json_are_searched():
    value = {
        "customer": {"e-mail": "a@x.com", "card": 4111111111111111, "n": 12, "ok": True},
        "a@x.com": ["b@x.com", None, 1.5],
    }
    assert masked(value).value == {
        "customer": {"e-mail": "[EMAIL_1]", "card": "[CARD_1]", "n": 12, "ok": True},
        "[EMAIL_1]": ["[EMAIL_2]", None, 1.5],
    }


def test_a_path_below_a_masked_key_does_not_show_the_key():
    paths = [entity.path for entity in masked({"a@x.com": {"m/n": "b@x.com"}}).entities]
    assert paths == ["", "/[EMAIL_1]/m~1n"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"accountNumber": "55779911"}, "bank_account"),
        ({"sort_code": "200000"}, "sort_code"),
        ({"dateOfBirth": "1984-03-12"}, "date_of_birth"),
        ({"ssn": 123456789}, "us_ssn"),
        ({"phone": "5552345678"}, "phone"),
        ({"client_secret": "correct horse battery"}, "secret"),
        ({"password": "letmein"}, "secret"),
    ],
)
def test_a_key_is_the_context_of_its_value(value: Json, kind: str):
    assert [entity.kind for entity in masked(value).entities] == [kind]


def test_overlapping_findings_become_one_so_that_no_part_shows():
    text = "https://ann:pw@example.com/"
    assert masked(text).value == "https://[URL_CREDENTIALS_1]/"


def test_only_the_kinds_asked_for_are_replaced():
    text = "a@x.com from 203.0.113.7"
    chosen = mask(text, Numbered({}), pack=PACK.only(("ip_address",)))
    assert chosen.value == "a@x.com from [IP_ADDRESS_1]"


def test_hashes_depend_on_the_key_and_on_nothing_else():
    one, two = Keyed(b"1" * 32), Keyed(b"2" * 32)
    assert mask("a@x.com", one).value == mask("A@X.com", one).value
    assert mask("a@x.com", one).value != mask("a@x.com", two).value
    assert re.fullmatch(r"\[EMAIL_[0-9a-f]{16}\]", str(mask("a@x.com", one).value))


def test_a_private_key_without_an_end_is_masked_to_the_end_of_the_text():
    assert masked("see -----BEGIN PRIVATE KEY----- MIIE and on").value == "see [SECRET_1]"


def test_every_kind_occurs_in_the_labelled_set():
    marked = {kind for line in CASES if line[:1] != "#" for kind, _ in MARK.findall(line)}
    assert marked == set(KINDS)


@pytest.mark.parametrize("number", ["4111111111111111", "378282246310005", "6011000990139424"])
def test_a_changed_digit_breaks_the_checksum(number: str):
    assert is_card(number)
    changed = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not luhn(changed.encode())
