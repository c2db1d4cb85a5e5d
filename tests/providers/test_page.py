"""The page of the mocks. What they answer is what `make test-providers` shows."""

import json

import pytest

from podium.settings import load
from podium.settings.wiring import addresses, missing_keys
from tests.providers.asking import CALLERS, SAID
from tests.providers.counterparts import (
    AIMOCK,
    COUNTERPARTS,
    ENVIRONMENT,
    MINISTACK,
    Counterpart,
    configuration,
)
from tests.providers.page import NONE, OK, Row, rows, updated
from tests.providers.run import HERE, PAGE

MOCKS = {AIMOCK: "http://127.0.0.1:1", MINISTACK: "http://127.0.0.1:2"}
FIRST = COUNTERPARTS[0]


def test_the_page_has_every_mock_at_every_address_and_all_of_it_works():
    found = rows(PAGE.read_text("utf-8"))
    assert [(row.provider, row.mock, row.address) for row in found] == [
        (one.title, one.mock, address) for one in COUNTERPARTS for address in CALLERS
    ]
    assert all(row.works for row in found)


def test_podium_is_told_where_each_of_them_is_and_lacks_nothing(tmp_path):
    path = tmp_path / "podium.yaml"
    path.write_text(configuration(MOCKS))
    settings = load(path, ENVIRONMENT)
    known = addresses(settings)
    assert set(known) == {one.name for one in COUNTERPARTS}
    assert all(url.startswith("http://127.0.0.1:") for url in known.values())
    assert missing_keys(settings) == {}


@pytest.mark.parametrize("one", COUNTERPARTS, ids=lambda one: one.name)
def test_each_wire_format_is_played(one: Counterpart):
    assert one.protocol in {row.protocol for row in rows(PAGE.read_text("utf-8"))}


def test_the_mock_says_what_is_looked_for():
    told = json.loads((HERE / AIMOCK / "fixtures.json").read_text("utf-8"))
    assert told["fixtures"][0]["response"]["content"] == SAID


def test_what_was_seen_is_told_on_one_line_and_read_again():
    wrong = Row.of(FIRST, "/v1/messages", [OK, "no | yes\nmore", OK, NONE], day="2026-11-29")
    right = Row.of(FIRST, "/v1/messages", [OK, OK, OK, NONE], day="2026-11-29")
    told = updated("# Mocks\n\n| Provider |\n", [wrong, right])
    assert rows(told) == [wrong, right]
    assert (wrong.works, right.works) == (False, True)
    assert wrong.steps[1] == "no / yes more"
