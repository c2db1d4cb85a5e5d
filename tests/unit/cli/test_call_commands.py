"""`podium calls` against a server that only pretends."""

import json
from pathlib import Path

from tests.unit.cli.fake_server import FakePodium
from tests.unit.cli.test_commands import _shell

_OUTSIDE = {
    "id": "call_1",
    "operation": "chat",
    "requested": "default",
    "model": "big-2026",
    "provider": "acme",
    "status": "ok",
    "error": None,
    "input_tokens": 1200,
    "output_tokens": 80,
    "cost": 1_500_000,
    "ms": 1240.0,
    "started_at": 1_700_000_000.0,
    "attempts": [{"model": "big", "outcome": "ok", "status": 200, "ms": 1240.0}],
}
_FAILED = {**_OUTSIDE, "id": "call_2", "status": "error", "error": "No [answer].", "cost": None}


def test_calls_are_listed_with_what_they_took_and_why_they_failed(tmp_path: Path):
    with _shell(FakePodium(calls=[_OUTSIDE, _FAILED]), tmp_path) as podium:
        listed = podium("calls", "list", "--model", "big-2026")
        one = podium("calls", "list", "--limit=1", "--json")
        failed = podium("calls", "list", "--status", "error", "--json")
        wrong = podium("calls", "list", "--status", "open")
    assert "default → big-2026   1,200 → 80   $0.0015   1.24 s" in listed.stdout
    assert "unknown" in listed.stdout
    assert "No [answer]." in listed.stdout
    assert [call["id"] for call in json.loads(one.stdout)] == ["call_1"]
    assert [call["id"] for call in json.loads(failed.stdout)] == ["call_2"]
    assert wrong.exit_code == 2


def test_a_call_is_shown_with_what_was_supplied_and_each_try(tmp_path: Path):
    helped = {"supplied": ["tools", "json_schema"], "repairs": 2, "reason": "by its order"}
    whose = {"key": "key_1", "team": "ops", "tags": {"app": "[web]"}, "cache": "miss"}
    tries = [{"model": "small", "outcome": "status", "status": 503, "ms": 12.0}]
    call = {**_OUTSIDE, **helped, **whose, "attempts": [*tries, *_OUTSIDE["attempts"]]}
    with _shell(FakePodium(calls=[call, _FAILED]), tmp_path) as podium:
        shown, newest = podium("calls", "show", "call_1"), podium("calls", "show")
        failed, missing = podium("calls", "show", "call_2"), podium("calls", "show", "call_9")
    with _shell(FakePodium(), tmp_path) as podium:
        none = podium("calls", "show")
    assert shown.stdout == newest.stdout
    assert [line.split(maxsplit=1) for line in shown.stdout.splitlines()][2:] == [
        ["answered", "big-2026 of acme"],
        ["why", "by its order"],
        ["took", "1,200 → 80 tokens, $0.0015, 1.24 s"],
        ["supplied", "tools and json_schema, asked again 2 times"],
        ["cache", "miss"],
        ["tags", "app=[web]"],
        ["try", "small: status 503, 12 ms"],
        ["try", "big: ok 200, 1.24 s"],
    ]
    assert "chat of default by the key key_1 of the team ops, 20" in shown.stdout
    assert "error     No [answer]." in failed.stdout
    assert "supplied" not in failed.stdout
    assert (missing.exit_code, none.exit_code) == (1, 1)
    assert "Make one with" in none.stderr


def test_no_calls_is_a_sentence_with_what_to_do(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        assert "Make one with: podium models test NAME" in podium("calls", "list").stdout
        assert "Leave out --model" in podium("calls", "list", "--model=none").stdout
