"""A task of high risk comes after a question of high risk, as far as the document shows."""

import pytest
from tests.unit.workflows.documents.written import only, rules

ASK = "- ask: {call: approve, with: {title: Pay?, payload: 1, risk: high}}"
PAY = "- pay: {set: {paid: 1}, metadata: {risk: high}}"


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())


@pytest.mark.parametrize("tasks", [f"{ASK}\n{PAY}", PAY.replace("high", "low")])
def test_after_the_question_it_is_fine(tasks: str):
    assert rules(f"do:\n{tasks}") == []


@pytest.mark.parametrize(
    "tasks",
    [
        PAY,
        f"{PAY}\n{ASK}",
        f"{ASK.replace('risk: high', 'risk: low')}\n{PAY}",
        f"- both:\n    fork:\n      branches:\n{_indented(ASK, 6)}\n{_indented(PAY, 6)}",
    ],
)
def test_without_a_question_before_it_it_is_refused(tasks: str):
    found = only(f"do:\n{tasks}")
    assert found.rule == "unapproved-risk"
    assert "'pay' is of high risk, and nobody is asked before it" in found.message


def test_a_question_anywhere_before_it_counts():
    inner = f"- first:\n    do:\n{_indented(ASK, 4)}\n- then:\n    do:\n{_indented(PAY, 4)}"
    assert rules(f"do:\n{inner}") == []


def test_a_question_in_a_function_of_the_document_counts():
    use = "use:\n  functions:\n    mayI: {call: approve, with: {title: a, payload: 1, risk: high}}"
    assert rules(f"{use}\ndo:\n- ask: {{call: mayI}}\n{PAY}") == []


def test_a_function_of_the_document_may_be_of_high_risk():
    use = "use:\n  functions:\n    pay: {set: {paid: 1}, metadata: {risk: high}}"
    assert rules(f"{use}\ndo:\n- ask: {{call: pay}}") == []


def test_a_risk_that_says_nothing_is_refused():
    found = only(f"do:\n{ASK}\n{PAY.replace('risk: high', 'risk: hihg')}")
    assert (found.rule, found.path) == ("unknown-risk", "/do/1/pay/metadata/risk")
