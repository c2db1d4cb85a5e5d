"""The page of the clients. That they work is what `make test-clients` shows."""

from datetime import date

import pytest

from tests.clients.page import CLIENTS, Client, Row, failed, rows, updated
from tests.clients.run import HERE, PAGE, REQUIREMENTS, Environment

DAY = date(2026, 11, 29)
SAID = {"versions": "x 1", "address": "/v1/messages", "chat": "ok", "stream": "ok", "tool": "ok"}
FIRST, SECOND = CLIENTS[:2]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.slug)
def test_each_client_has_a_script_and_pinned_requirements_without_addresses(client: Client):
    folder = HERE / client.slug
    assert ((folder if folder.is_dir() else HERE) / client.script).is_file()
    pinned = (REQUIREMENTS / f"{client.slug}.txt").read_text("utf-8")
    assert "--hash=sha256:" in pinned
    assert "://" not in pinned
    assert (REQUIREMENTS / f"{client.slug}.in").is_file()
    assert Environment(client).folder.name == client.slug


def test_the_page_has_every_client():
    assert {row.client for row in rows(PAGE.read_text("utf-8"))} == {one.name for one in CLIENTS}


def test_what_was_seen_takes_the_place_of_what_was_known_and_leaves_the_others():
    known = updated("# Clients\n\n", [failed(FIRST, DAY, "a | b\nc"), Row.told(SECOND, DAY, SAID)])
    assert [row.works for row in rows(known)] == [False, True]
    assert rows(known)[0].steps == ("a / b c", "-", "-")
    seen = updated(known, [Row.told(FIRST, DAY, SAID | {"tool": "ValueError: no | yes"})])
    assert [row.steps[2] for row in rows(seen)] == ["ValueError: no / yes", "ok"]
    assert seen.startswith("# Clients\n\n| Client | Versions |")
    assert updated(seen, []) == seen
