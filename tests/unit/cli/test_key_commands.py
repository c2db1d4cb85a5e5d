"""`podium keys` and `podium budgets` against a server that only pretends."""

import json
from io import StringIO
from pathlib import Path

from rich.console import Console
from tests.unit.cli.fake_server import FakePodium
from tests.unit.cli.test_commands import _shell

from podium.cli.show.keys import table
from podium.cli.wire import Key


def test_a_key_is_asked_for_with_what_it_is_for(tmp_path: Path):
    server = FakePodium()
    options = (
        "--models gpt-* --models default --operations chat --reach gateway --team ops "
        "--expires 30d --rpm 60 --tpm 100000 --concurrent 4 --budget-day 5 --budget-month 100 "
        "--warn-day 4 --warn-month 80"
    )
    with _shell(server, tmp_path) as podium:
        assert podium("keys", "create", "nightly", *options.split()).stdout == "pdm_secret\n"
    assert server.wishes == [
        {
            "name": "nightly",
            "models": ["gpt-*", "default"],
            "operations": ["chat"],
            "reach": "gateway",
            "team": "ops",
            "seconds": 30 * 86_400,
            "limits": {
                "rpm": 60,
                "tpm": 100_000,
                "concurrent": 4,
                "budget_day": 5,
                "budget_month": 100,
                "warn_day": 4,
                "warn_month": 80,
            },
            "service_account": None,
        }
    ]


def test_a_life_that_is_no_duration_is_refused(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        result = podium("keys", "create", "nightly", "--expires", "tomorrow")
    assert result.exit_code == 1
    assert "--expires needs a duration such as 30d, 12h or 90s, got 'tomorrow'" in result.stderr


def test_a_key_is_shown_with_its_limits_and_never_with_its_secret(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        shown = podium("keys", "show", "key_1").stdout
        as_json = json.loads(podium("keys", "show", "key_1", "--json").stdout)
    for words in (
        "nightly  key_1  pdm_abcd…  active",
        "Team      ops",
        "Models    gpt-*",
        "everything, at the gateway alone",
        "60 requests a minute; $5.00 a day; warned from $80.00 a month",
        "The secret before works until",
    ):
        assert words in shown
    assert as_json["limits"]["rpm"] == 60


def test_a_key_is_rotated_switched_off_and_on(tmp_path: Path):
    server = FakePodium()
    with _shell(server, tmp_path) as podium:
        assert podium("keys", "rotate", "key_1", "--overlap", "0s").stdout == "pdm_new\n"
        assert podium("keys", "disable", "key_1").stdout == "key_1 is disabled.\n"
        assert podium("keys", "enable", "key_1").stdout == "key_1 is enabled.\n"
        disabled = json.loads(podium("keys", "disable", "key_1", "--json").stdout)
        assert "nightly" in podium("keys", "list", "--all").stdout
    assert server.wishes == [{"overlap": 0}]
    assert disabled["disabled_at"] == 1.0
    assert ("GET", "/api/v1/keys?of=workspace") in server.seen


def test_budgets_are_listed(tmp_path: Path):
    budget = {
        "of": "the key 'ci'",
        "period": "day",
        "spent": 1.25,
        "limit": 5.0,
        "left": 3.75,
        "warn": None,
        "warned": False,
        "resets_at": 1_700_000_000.0,
    }
    warned = {**budget, "of": "the key 'cd'", "warn": 1.0, "warned": True}
    with _shell(FakePodium(budgets=[budget, warned]), tmp_path) as podium:
        shown = podium("budgets", "list").stdout
        assert json.loads(podium("budgets", "list", "--json").stdout) == [budget, warned]
    for words in ("the key 'ci'", "day", "$1.2500", "$5.0000", "$3.7500", "$1.0000, reached"):
        assert words in shown
    with _shell(FakePodium(), tmp_path) as podium:
        assert "No budgets" in podium("budgets", "list").stdout


def test_the_id_of_a_key_is_never_cut_short():
    file = StringIO()
    console = Console(width=80, file=file)
    console.print(table([Key(id="key_" + "0" * 26, name="x" * 40, created_at=1.0)]))
    assert "key_" + "0" * 26 in file.getvalue()
