"""`podium guardrails` against a server that only pretends."""

import json
from pathlib import Path

from tests.unit.cli.fake_server import FakePodium
from tests.unit.cli.test_commands import _shell

LINKS: dict[str, object] = {
    "name": "links",
    "kind": "urls",
    "mode": "shadow",
    "at": ["answer"],
    "routes": [],
    "settings": {"hosts": ["example.com"]},
}
SAID: dict[str, object] = {
    "name": "links",
    "kind": "urls",
    "mode": "shadow",
    "verdict": "redact",
    "reason": "It links elsewhere.",
    "text": "see [link removed]",
}


def test_guardrails_are_listed(tmp_path: Path):
    with _shell(FakePodium(guardrails=[LINKS]), tmp_path) as podium:
        shown = podium("guardrails", "list").stdout
        assert json.loads(podium("guardrails", "list", "--json").stdout) == [LINKS]
    for word in ("links", "urls", "shadow", "answer", "all"):
        assert word in shown


def test_where_there_is_none_the_kinds_are_pointed_to(tmp_path: Path):
    with _shell(FakePodium(), tmp_path) as podium:
        assert "docs/reference/guardrails" in podium("guardrails", "list").stdout
        assert "No guardrail looks" in podium("guardrails", "test", "x").stdout


def test_a_text_is_tested_as_what_it_is_said_to_be(tmp_path: Path):
    server = FakePodium(opinions=[SAID])
    with _shell(server, tmp_path) as podium:
        shown = podium("guardrails", "test", "see x", "--at", "answer", "--name", "links").stdout
        assert json.loads(podium("guardrails", "test", "y", "--json").stdout) == [SAID]
    assert server.wishes == [
        {"text": "see x", "at": "answer", "name": "links"},
        {"text": "y", "at": "request", "name": ""},
    ]
    assert "redact" in shown
    assert "[link removed]" in shown
