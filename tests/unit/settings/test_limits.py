"""`limits:` in podium.yaml."""

from pathlib import Path

import pytest

from podium.gateway.limits.limiter import Away
from podium.gateway.limits.rules import Per, Rule
from podium.identity.limits import Limits
from podium.kernel.errors import Invalid
from podium.kernel.money import NanoUsd
from podium.settings import Settings, load
from podium.settings.limits import key_defaults, limit_rules


def _load(folder: Path, text: str) -> Settings:
    path = folder / "podium.yaml"
    _ = path.write_text(f"version: 1\nlimits:\n{text}", "utf-8")
    return load(path, {})


def test_rules_become_those_of_the_gateway(tmp_path: Path):
    settings = _load(
        tmp_path,
        """\
  store: redis://127.0.0.1:6379/0
  budgets_away: open
  rules:
  - {per: [key], rpm: 60, budget_day: 0.1, warn_day: 0.05}
  - {per: [key, model], models: ['gpt-*'], tpm: 1000}
  - {per: [team], teams: [ops], concurrent: 3}
  - {per: [key], rpm: 30}
""",
    )
    rules = limit_rules(settings.limits)
    assert rules[0] == Rule(
        frozenset({Per.KEY}),
        Limits(rpm=60, budget_day=NanoUsd(100_000_000), warn_day=NanoUsd(50_000_000)),
    )
    assert rules[1] == Rule(frozenset({Per.KEY, Per.MODEL}), Limits(tpm=1000), ("gpt-*",))
    assert rules[2].teams == {"ops"}
    assert settings.limits.away() == (Away.OPEN, Away.OPEN)
    assert key_defaults(rules).rpm == 30
    assert key_defaults(rules).budget_day == NanoUsd(100_000_000)


def test_without_a_section_nothing_is_limited(tmp_path: Path):
    settings = _load(tmp_path, "  rules: []\n")
    assert limit_rules(settings.limits) == ()
    assert settings.limits.away() == (Away.OPEN, Away.CLOSED)
    assert settings.limits.store == "memory"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  rules: [{per: [key]}]\n", "This rule limits nothing"),
        ("  rules: [{per: [key], models: [gpt], rpm: 1}]\n", "put model into per"),
        ("  rules: [{per: [key], teams: [ops], rpm: 1}]\n", "put team into per"),
        ("  rules: [{per: [moon], rpm: 1}]\n", "moon"),
        ("  rules: [{per: [key], rpm: -1}]\n", "rpm"),
        ("  rules: [{per: [key], rps: 1}]\n", "rps"),
        ("  store: memcached://x\n", "store"),
    ],
)
def test_a_section_that_means_nothing_is_refused_with_its_place(
    tmp_path: Path, text: str, message: str
):
    with pytest.raises(Invalid) as refused:
        _ = _load(tmp_path, text)
    (problem,) = refused.value.problems
    assert message in str(problem)
    assert problem.line == 3
