import pytest
from tests.unit.workflows.documents.written import findings, only, rules

LISTEN = "do:\n  - a: {listen: {to: {one: FILTER}}}"
PAID = "{with: {type: paid}}"


def on(rule: str, *, more: str = "") -> str:
    return f"schedule: {{on: {rule}, read: data{more}}}\ndo: []"


@pytest.mark.parametrize("name", ["orderId", "order-id", "order_id", "Ä"])
def test_an_attribute_of_an_event_has_lower_case_letters_and_digits(name: str):
    found = only(f"do:\n  - a: {{emit: {{event: {{with: {{type: x, {name}: 1}}}}}}}}")
    assert (found.rule, found.path) == ("event-attribute", f"/do/0/a/emit/event/with/{name}")
    assert rules(LISTEN.replace("FILTER", f"{{with: {{{name}: x}}}}")) == ["event-attribute"]


def test_attributes_of_the_standard_and_extensions_are_fine():
    event = "{type: x, source: /a, subject: b, orderid: 1, time: '2026-01-01T00:00:00Z', data: {}}"
    assert rules(f"do:\n  - a: {{emit: {{event: {{with: {event}}}}}}}") == []


def test_a_pattern_that_is_none_is_a_warning():
    found = only(LISTEN.replace("FILTER", "{with: {type: 'a(b'}}"))
    assert (found.rule, found.severity) == ("event-pattern", "warning")
    assert rules(LISTEN.replace("FILTER", "{with: {type: 'a(b|c).*'}}")) == []


def test_a_key_is_taken_from_the_event_alone():
    filter = "{with: {type: x}, correlate: {k: {from: '.data.k + $input.k'}}}"
    assert rules(LISTEN.replace("FILTER", filter)) == ["correlation-from"]
    filter = "{with: {type: x}, correlate: {k: {from: .data.k, expect: '${ $input.k }'}}}"
    assert rules(LISTEN.replace("FILTER", filter)) == []


def test_filters_inside_until_are_looked_at():
    to = "{any: [], until: {any: [{with: {Wrong: x}}]}}"
    found = only(f"do:\n  - a: {{listen: {{to: {to}}}}}")
    assert found.path == "/do/0/a/listen/to/until/any/0/with/Wrong"


def test_a_secret_is_not_compared_with_events():
    body = """
    use: {secrets: [s]}
    do:
      - a: {listen: {to: {one: {with: {type: x, data: "${ .k == $secrets.s }"}}}}}
    """
    assert rules(body) == ["secret-place"]


def test_cron_says_in_which_time_zone():
    found = only("schedule: {cron: 0 9 * * 1-5}\ndo: []")
    assert (found.rule, found.severity) == ("cron-time-zone", "warning")
    assert "'CRON_TZ=Europe/Berlin 0 9 * * 1-5'" in found.message
    assert rules("schedule: {cron: 'CRON_TZ=UTC 0 9 * * *'}\ndo: []") == []


@pytest.mark.parametrize("text", ["0 9 * *", "0 25 * * *", "CRON_TZ=Mars/Olympus 0 9 * * *", ""])
def test_what_is_no_cron_expression_is_refused_with_its_place(text: str):
    found = only(f"schedule: {{cron: '{text}'}}\ndo: []")
    assert (found.rule, found.severity, found.path) == ("cron", "error", "/schedule/cron")


def test_an_interval_of_nothing_is_refused_and_a_tiny_one_doubtful():
    found = only("schedule: {every: PT0S}\ndo: []")
    assert (found.rule, found.severity) == ("schedule-often", "error")
    found = only("schedule: {every: {milliseconds: 10}}\ndo: []")
    assert (found.rule, found.severity) == ("schedule-often", "warning")
    assert rules("schedule: {every: PT1S}\ndo: []") == []


def test_before_a_run_there_is_nothing_to_evaluate():
    for key in ("every", "after"):
        assert rules(f"schedule: {{{key}: '${{ .pause }}'}}\ndo: []") == ["schedule-expression"]


@pytest.mark.parametrize(
    "rule",
    [
        "{one: {with: {type: x, data: '${ .n > $context.n }'}}}",
        "{one: {with: {type: x}, correlate: {k: {from: .data.k, expect: .k}}}}",
        "{one: {with: {type: x}, correlate: {k: {from: .data.k, expect: '${ 1 + 1 }'}}}}",
        "{any: [], until: length > $workflow.input.n}",
    ],
)
def test_what_starts_a_run_cannot_ask_for_what_the_run_knows(rule: str):
    assert rules(on(rule)) == ["schedule-expression"]


@pytest.mark.parametrize(
    "rule",
    [
        PAID.join(("{one: ", "}")),
        "{one: {with: {type: x}, correlate: {k: {from: .data.k, expect: '7'}}}}",
        "{all: [{with: {type: x}, correlate: {k: {from: .data.k}}}, {with: {type: y}}]}",
        "{any: [], until: length > 3}",
    ],
)
def test_what_starts_a_run_may_compare_events_with_each_other_and_constants(rule: str):
    assert rules(on(rule)) == []


def test_all_of_nothing_never_starts_a_run():
    assert rules(on("{all: []}")) == ["schedule-never"]


def test_what_a_run_gets_of_an_event_is_said():
    found = only(f"schedule: {{on: {{one: {PAID}}}}}\ndo: []")
    assert (found.rule, found.severity) == ("schedule-read", "warning")


def test_several_rules_are_fine():
    body = f"schedule: {{after: PT1H, on: {{one: {PAID}}}, read: envelope}}\ndo: []"
    assert findings(body) == ()
