"""Cron and its time zones, on the days on which clocks change."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from podium.kernel.errors import Invalid
from podium.workflows.scheduling.times import Cron, Every, cron

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def at(text: str, zone: str = "UTC", *, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def moments(rule: Cron | Every, start: float, end: float) -> list[str]:
    """In UTC, after `start` and up to `end`."""
    found: list[str] = []
    now = start
    while (now := rule.next(now) or end + 1) <= end:
        found.append(datetime.fromtimestamp(now, ZoneInfo("UTC")).strftime("%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        # 29 March 2026, 02:00 to 03:00 there is not in Berlin; 25 October it comes twice.
        (
            f"CRON_TZ={BERLIN} 0 9 * * *",
            "2026-03-28",
            "2026-03-31",
            ["28 08:00", "29 07:00", "30 07:00"],
        ),
        (
            f"CRON_TZ={BERLIN} 30 2 * * *",
            "2026-03-28",
            "2026-03-31",
            ["28 01:30", "29 01:00", "30 00:30"],
        ),
        (f"CRON_TZ={BERLIN} 0,30 2 29 3 *", "2026-03-28", "2026-03-31", ["29 01:00"]),
        (
            f"CRON_TZ={BERLIN} 30 2 * * *",
            "2026-10-24",
            "2026-10-27",
            ["24 00:30", "25 00:30", "26 01:30"],
        ),
        (
            f"CRON_TZ={BERLIN} 30 * 25 10 *",
            "2026-10-24T23:30",
            "2026-10-25T02:00",
            ["25 00:30", "25 01:30"],
        ),
        (
            f"CRON_TZ={BERLIN} 0 1-3 25 10 *",
            "2026-10-24",
            "2026-10-26",
            ["24 23:00", "25 00:00", "25 02:00"],
        ),
        # 8 March 2026 and 1 November 2026 in New York.
        (
            f"CRON_TZ={NEW_YORK} 30 2 * * *",
            "2026-03-07T12:00",
            "2026-03-09T12:00",
            ["08 07:00", "09 06:30"],
        ),
        (
            f"CRON_TZ={NEW_YORK} 0 9 * * *",
            "2026-03-07T12:00",
            "2026-03-09T15:00",
            ["07 14:00", "08 13:00", "09 13:00"],
        ),
        (
            f"CRON_TZ={NEW_YORK} 30 1 * * *",
            "2026-10-31T12:00",
            "2026-11-02T12:00",
            ["01 05:30", "02 06:30"],
        ),
        (f"CRON_TZ={NEW_YORK} 59 23 31 10 *", "2026-10-01", "2026-11-02", ["01 03:59"]),
        # UTC knows no summer time, and is what there is without a time zone.
        ("30 2 29 3 *", "2026-03-28", "2026-03-31", ["29 02:30"]),
        ("*/20 5 1 1 *", "2026-01-01", "2026-01-02", ["01 05:00", "01 05:20", "01 05:40"]),
        ("0 0 * * MON-FRI", "2026-11-20", "2026-11-24", ["23 00:00", "24 00:00"]),
        ("0 12 L * *", "2026-02-01", "2026-03-01", ["28 12:00"]),
    ],
)
def test_when_a_cron_expression_is_due(text: str, start: str, end: str, expected: list[str]):
    assert moments(cron(text), at(start), at(end)) == expected


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("fields", ["30 2 * * *", "*/15 * * * *", "0 */3 * * *", "5 1,2,3 * * *"])
@pytest.mark.parametrize("start", ["2026-03-06", "2026-03-27", "2026-04-03", "2026-10-23"])
def test_due_times_only_go_forward_while_clocks_change(zone: str, fields: str, start: str):
    rule, now, count = cron(f"CRON_TZ={zone} {fields}"), at(start), 0
    end = now + 10 * 86400
    while (found := rule.next(now)) is not None and found < end:
        assert found > now
        now, count = found, count + 1
    assert count >= 9


@pytest.mark.parametrize("minute", range(0, 60, 7))
def test_in_the_repeated_hour_it_is_not_due_a_second_time(minute: int):
    """Asked in the second 02:xx, a time of the first one is over."""
    rule = cron(f"CRON_TZ={BERLIN} 30 2 * * *")
    asked = at(f"2026-10-25T02:{minute:02}", BERLIN, fold=1)
    assert rule.next(asked) == at("2026-10-26T02:30", BERLIN)


@pytest.mark.parametrize(
    ("text", "due", "now", "expected"),
    [
        ("* * * * *", "2026-01-01T00:00", "2026-12-31T23:59:30", "2026-12-31T23:59"),
        ("0 9 * * *", "2026-01-01T09:00", "2026-01-01T09:00", "2026-01-01T09:00"),
        ("0 9 * * *", "2026-01-01T09:00", "2026-01-02T08:59", "2026-01-01T09:00"),
        ("0 9 * * *", "2026-01-01T09:00", "2026-01-05T10:00", "2026-01-05T09:00"),
        ("0 9 1 * *", "2026-01-01T09:00", "2026-03-20T10:00", "2026-03-01T09:00"),
        ("0 9 29 2 *", "2020-02-29T09:00", "2026-01-01T00:00", "2024-02-29T09:00"),
    ],
)
def test_of_missed_times_the_last_one_counts(text: str, due: str, now: str, expected: str):
    assert cron(text).last(at(due), at(now)) == at(expected)


def test_every_keeps_its_rhythm():
    rule = Every(300.0, anchor=1000.0)
    assert rule.next(1000.0) == 1300.0
    assert rule.next(1299.9) == 1300.0
    assert rule.next(1300.0) == 1600.0
    assert rule.next(400.0) == 700.0, "the clock was set back to before it was stored"
    assert rule.last(1300.0, 1300.0) == 1300.0
    assert rule.last(1300.0, 2000.0) == 1900.0


def test_every_goes_forward_where_seconds_are_fractions():
    rule, now = Every(0.1, anchor=1_763_800_000.3), 1_763_800_000.3
    for _ in range(1000):
        found = rule.next(now)
        assert found is not None
        assert found > now
        now = found
    assert now == pytest.approx(1_763_800_100.3)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("0 * * * * *", "five fields"),
        ("@daily", "five fields"),
        ("CRON_TZ=Europe/Berlin", "five fields"),
        ("61 * * * *", "minute is wrong"),
        ("0 24 * * *", "hour is wrong"),
        ("0 0 31 11 *", "is wrong"),
        ("0 0 30 2 *", "is wrong"),
        ("* * * * FOO", "day-of-week is wrong"),
        ("CRON_TZ=Europe/Bielefeld 0 9 * * *", "no time zone 'Europe/Bielefeld'"),
        ("CRON_TZ=../../etc/passwd 0 9 * * *", "no time zone"),
        ("CRON_TZ=/etc/passwd 0 9 * * *", "no time zone"),
        ("CRON_TZ= 0 9 * * *", "no time zone"),
        ("CRON_TZ=Europe 0 9 * * *", "no time zone"),
        ("0 9 * * * " + "9" * 10_000, "five fields"),
        (f"{'0,' * 5000}0 9 * * *", None),
    ],
)
def test_what_is_no_cron_expression_is_refused(text: str, says: str | None):
    if says is None:
        assert cron(text).next(0.0) == 9 * 3600.0
        return
    with pytest.raises(Invalid, match=says):
        _ = cron(text)
