"""/api/v1/guardrails."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.gateway.guardrails import GuardrailGuard
from podium.governance.guardrails import (
    ALLOWED,
    AskPerson,
    At,
    Blocked,
    Mode,
    Opinion,
    Redacted,
    Rule,
    Seen,
)

pytestmark = pytest.mark.anyio


def saying(name: str, opinion: Opinion) -> GuardrailGuard:
    async def judge(_seen: Seen) -> Opinion:
        return opinion

    rule = Rule(name, "terms", {"words": ["a"]}, frozenset({At.REQUEST}), Mode.ENFORCE)
    return GuardrailGuard(rule, judge, {})


async def test_guardrails_are_listed_as_they_are_configured(ann: Caller, podium: FakePodium):
    podium.guardrails.guards.append(saying("tone", ALLOWED))
    assert (await ann.get("/api/v1/guardrails")).json["items"] == [
        {
            "name": "tone",
            "kind": "terms",
            "mode": "enforce",
            "at": ["request"],
            "routes": [],
            "settings": {"words": ["a"]},
        }
    ]


async def test_each_says_what_it_thinks_of_a_text(ann: Caller, podium: FakePodium):
    podium.guardrails.guards += [
        saying("fine", ALLOWED),
        saying("bad", Blocked("Bad.")),
        saying("doubtful", AskPerson("Hm.")),
        saying("loud", Redacted(["HI"], "Loud.")),
    ]
    found = (await ann.post("/api/v1/guardrails/test", {"text": "hi"})).json["items"]
    assert [(one["name"], one["verdict"], one["reason"], one["text"]) for one in found] == [
        ("fine", "allow", "", None),
        ("bad", "block", "Bad.", None),
        ("doubtful", "ask", "Hm.", None),
        ("loud", "redact", "Loud.", "HI"),
    ]
    one = {"text": "hi", "name": "bad"}
    assert len((await ann.post("/api/v1/guardrails/test", one)).json["items"]) == 1
    as_answer = {"text": "hi", "at": "answer"}
    assert (await ann.post("/api/v1/guardrails/test", as_answer)).json["items"] == []
    assert (await ann.post("/api/v1/guardrails/test", {"text": "x", "name": "no"})).status == 404
