import pytest
from tests.unit.workflows.documents.written import only, rules

from podium.kernel.errors import Invalid
from podium.kernel.json import Json
from podium.workflows.documents.durations import duration_seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("PT30S", 30),
        ("PT0.5S", 0.5),
        ("P1DT2H3M4S", 93_784),
        ("P2W", 1_209_600),
        ({"hours": 1, "seconds": 30}, 3630),
        ({"milliseconds": 250}, 0.25),
        ({"days": 1}, 86_400),
    ],
)
def test_durations_are_seconds(value: Json, seconds: float):
    assert duration_seconds(value) == seconds


@pytest.mark.parametrize(
    "value",
    ["P", "PT", "P1DT", "1h", "", 5, None, "P1M", "P1Y", "-PT1S", "P9999D", "PT1S\n",
     {"seconds": -1}, {"seconds": True}, {"fortnights": 1}, {"days": 10**400}],
)  # fmt: skip
def test_what_is_no_duration_or_has_no_one_length_is_refused(value: Json):
    with pytest.raises(Invalid):
        _ = duration_seconds(value)


@pytest.mark.parametrize(
    "task",
    [
        "{wait: P1M}",
        "{wait: {seconds: -5}}",
        "{set: {x: 1}, timeout: {after: P1Y}}",
        "{try: [], catch: {retry: {delay: P1M, limit: {attempt: {count: 1}}}}}",
    ],
)
def test_a_duration_is_checked_wherever_it_stands(task: str):
    assert rules(f"do:\n  - a: {task}") == ["duration"]


def test_a_duration_may_be_an_expression():
    assert rules("do:\n  - a: {wait: '${ .pause }'}") == []


def test_a_retry_without_limit_is_a_warning():
    found = only("do:\n  - a: {try: [], catch: {retry: {delay: PT1S}}}")
    assert (found.rule, found.severity) == ("endless-retry", "warning")


def test_a_jitter_goes_upwards():
    retry = "{limit: {attempt: {count: 1}}, jitter: {from: PT2S, to: PT1S}}"
    assert rules(f"do:\n  - a: {{try: [], catch: {{retry: {retry}}}}}") == ["jitter"]


def test_a_retry_count_is_not_negative():
    retry = "{limit: {attempt: {count: -1}}}"
    assert rules(f"do:\n  - a: {{try: [], catch: {{retry: {retry}}}}}") == ["retry-count"]


def test_cron_and_every_exclude_each_other():
    body = "schedule: {cron: '0 0 * * *', every: PT1H}\ndo: []"
    assert sorted(rules(body)) == ["cron-and-every", "cron-time-zone"]
