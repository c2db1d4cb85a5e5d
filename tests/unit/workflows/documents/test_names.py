import pytest
from tests.unit.workflows.documents.written import only, rules


@pytest.mark.parametrize(
    "task",
    [
        "{for: {each: my-item, in: .x}, do: []}",
        "{for: {in: .x, at: 1st}, do: []}",
        "{try: [], catch: {as: the error, do: []}}",
        "{for: {each: same, at: same, in: .x}, do: []}",
    ],
)
def test_a_name_that_no_expression_could_write_is_refused(task: str):
    assert rules(f"do:\n  - a: {task}") == ["variable-name"]


def test_a_name_that_hides_a_variable_of_the_language_is_a_warning():
    found = only("do:\n  - a: {for: {each: input, in: .x}, do: []}")
    assert (found.rule, found.severity) == ("hidden-variable", "warning")


def test_waiting_for_any_event_without_until_is_a_warning():
    listen = "- a: {listen: {to: {any: [{with: {type: x}}, {with: {type: y}}]UNTIL}}}"
    assert "listen-once" in rules(f"do:\n  {listen.replace('UNTIL', '')}")
    assert "listen-once" not in rules(f"do:\n  {listen.replace('UNTIL', ', until: . != null')}")
