"""`guardrails:` is held to the schema of each kind before it is in force."""

from pathlib import Path

import pytest

from podium.governance.guardrails import At, Mode
from podium.kernel.errors import Invalid
from podium.settings import Settings, load
from podium.settings.guardrails import guardrail_rules


def settings(tmp_path: Path, section: str) -> Settings:
    file = tmp_path / "podium.yaml"
    _ = file.write_text(f"version: 1\nguardrails:\n  it: {section}\n", "utf-8")
    return load(file, {})


def test_a_guardrail_begins_in_the_shadow_and_looks_where_its_kind_can(tmp_path: Path):
    (rule,) = guardrail_rules(settings(tmp_path, "{kind: injection}").guardrails)
    assert (rule.name, rule.mode, rule.at) == ("it", Mode.SHADOW, {At.REQUEST})
    text = "{kind: terms, at: [answer], mode: enforce, settings: {words: [a]}}"
    (rule,) = guardrail_rules(settings(tmp_path, text).guardrails)
    assert (rule.mode, rule.at, rule.settings) == (Mode.ENFORCE, {At.ANSWER}, {"words": ["a"]})


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("{kind: term}", "no guardrail 'term'"),
        ("{kind: injection, at: [answer]}", "looks at request alone"),
        ("{kind: tools}", "allow"),
        ("{kind: length, settings: {most: 0}}", "0"),
        ("{kind: secrets, routes: [nowhere]}", "'nowhere'"),
        ("{kind: secrets, mode: maybe}", "maybe"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, section: str, said: str):
    with pytest.raises(Invalid) as caught:
        _ = settings(tmp_path, section)
    assert said in str([problem.message for problem in caught.value.problems])
