"""`podium events` and `podium schedules`, as people type them."""

import json
from pathlib import Path

import msgspec
import pytest
from tests.unit.cli.fake_server import FakePodium
from tests.unit.cli.test_commands import _shell

from podium.cli.show import schedules as view
from podium.cli.wire import Schedule

CRON = {
    "id": "sched_1",
    "workflow": {"namespace": "acme", "name": "nightly", "version": "1.0.0"},
    "kind": "cron",
    "status": "active",
    "rule": {"cron": "CRON_TZ=Europe/Berlin 0 2 * * *"},
    "next_at": 1_790_000_000.0,
    "problem": None,
}
ON = {
    **CRON,
    "id": "sched_2",
    "kind": "on",
    "rule": {"on": {"all": [{"with": {"type": "paid"}}, {"with": {"type": "sent"}}]}},
    "next_at": None,
    "problem": "There is no workflow acme/nightly.",
}
EVERY = {**CRON, "id": "sched_3", "kind": "every", "rule": {"every": {"minutes": 5}}}


def test_an_event_is_sent_with_what_is_said(tmp_path: Path):
    fake = FakePodium(told=["run_1"])
    (tmp_path / "data.json").write_text('{"order": 7}')
    with _shell(fake, tmp_path) as podium:
        sent = podium(
            "events",
            "send",
            "paid",
            "--data",
            f"@{tmp_path}/data.json",
            "--subject",
            "7",
            "--attribute",
            "roomid=12",
            "--source",
            "/shop",
        )
        again = podium("events", "send", "paid", "--id", str(fake.published[0]["id"]))
    assert sent.exit_code == 0
    assert "podium runs show run_1" in sent.stdout
    event = fake.published[0]
    assert len(str(event["id"])) == 32
    assert {name: event[name] for name in event if name != "id"} == {
        "specversion": "1.0",
        "source": "/shop",
        "type": "paid",
        "subject": "7",
        "roomid": "12",
        "data": {"order": 7},
    }
    assert "had come before" in again.stdout


def test_an_event_that_nobody_waits_for_is_said_to_be_so(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        plain = podium("events", "send", "paid", "--data", "1")
        shown = podium("events", "send", "paid", "--json")
    assert "nobody waits for it" in plain.stdout
    assert json.loads(shown.stdout)["runs"] == []


def test_what_is_no_json_or_no_attribute_is_told(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        wrong = podium("events", "send", "paid", "--data", "{order: 7}")
        gone = podium("events", "send", "paid", "--data", "@none.json")
        bare = podium("events", "send", "paid", "--attribute", "roomid")
    assert (wrong.exit_code, "--data is no JSON" in wrong.stderr) == (1, True)
    assert (gone.exit_code, "none.json cannot be read" in gone.stderr) == (1, True)
    assert (bare.exit_code, "NAME=VALUE" in bare.stderr) == (2, True)


def test_schedules_are_listed_over_their_pages(tmp_path: Path):
    with _shell(FakePodium(schedules=[dict(CRON), dict(ON), dict(EVERY)]), tmp_path) as podium:
        listed, told = podium("schedules", "list"), podium("schedules", "list", "--json")
    words = " ".join(listed.stdout.split())
    assert "sched_1" in words
    assert "There is no workflow" in words
    assert [each["id"] for each in json.loads(told.stdout)] == ["sched_1", "sched_2", "sched_3"]


@pytest.mark.parametrize(
    ("kind", "rule", "said"),
    [
        ("cron", CRON["rule"], "cron CRON_TZ=Europe/Berlin 0 2 * * *"),
        ("every", {"every": {"hours": 1, "minutes": 5}}, "every 1 hours 5 minutes"),
        ("after", {"after": "PT5M"}, "after PT5M"),
        ("on", ON["rule"], "on paid and sent"),
        ("on", {"on": {"one": {"with": {"type": "paid"}}}}, "on paid"),
        (
            "on",
            {"on": {"any": [{"with": {"type": "a"}}, {"with": {"id": "7"}}]}},
            "on a or any event",
        ),
        ("on", {"on": {"any": []}, "read": "data"}, "on any event"),
    ],
)
def test_a_rule_in_words(kind: str, rule: dict[str, object], said: str):
    found = msgspec.convert({**CRON, "kind": kind, "rule": rule}, Schedule)
    assert view.rule(found) == said


def test_no_schedules_is_a_sentence_with_what_to_do(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        assert "under `schedule:`" in podium("schedules", "list").stdout


def test_a_schedule_is_paused_and_resumed(tmp_path: Path):
    with _shell(FakePodium(schedules=[dict(CRON)]), tmp_path) as podium:
        paused = podium("schedules", "pause", "sched_1")
        resumed = podium("schedules", "resume", "sched_1", "--json")
    assert "sched_1 is paused: acme/nightly:1.0.0" in " ".join(paused.stdout.split())
    assert json.loads(resumed.stdout)["status"] == "active"
