"""What a check tells of too much, and what it still accepts."""

import pytest
from tests.unit.workflows.documents.written import findings, only, rules

from podium.workflows.documents.embedded import MAX_SYMBOLS, SYMBOLS_OF_A_TASK
from podium.workflows.documents.findings import MAX_ERRORS, MAX_WARNINGS, MORE
from podium.workflows.documents.schemas import (
    MAX_LARGE_PATTERNS,
    MAX_PATTERN,
    MAX_PATTERNS,
    MAX_VALUES,
)
from podium.workflows.expressions.expression import is_partial

LARGE = r"\pL{80}"


def tasks(count: int, body: str) -> str:
    return "do:\n" + "".join(f"  - t{place}: {{{body}}}\n" for place in range(count))


def schema(text: str) -> str:
    return f"do: []\ninput: {{schema: {{document: {text}}}}}"


def with_patterns(count: int, pattern: str) -> str:
    each = (f"p{place}: {{pattern: '{pattern}'}}" for place in range(count))
    return schema(f"{{properties: {{{', '.join(each)}}}}}")


def calling(own: str, arguments: str) -> str:
    return (
        f"use: {{functions: {{f: {{set: {{x: 1}}, input: {{schema: {{document: {own}}}}}}}}}}}\n"
        f"do: [g: {{call: f, with: {arguments}}}]"
    )


def test_a_hundred_errors_are_told_and_that_there_may_be_more():
    found = findings(tasks(300, "wait: P1M"))

    assert [each.rule for each in found] == ["duration"] * MAX_ERRORS + [MORE]
    assert found[-1].message == "The check ended after 100 errors. Repair these first."
    assert found[-1].severity == "warning"


def test_a_hundred_warnings_are_told_and_how_many_more_there_are():
    found = findings(tasks(300, "set: {x: 1}, then: end"))

    assert len(found) == MAX_WARNINGS + 1
    assert found[-1].message == "There are 199 more warnings."


def test_warnings_beyond_the_hundredth_do_not_hide_an_error():
    found = findings(
        f"{tasks(300, 'set: {x: 1}, then: end')}  - last: {{set: {{x: '${{ + }}'}}}}\n"
    )

    assert [each.rule for each in found if each.severity == "error"] == ["expression"]


def test_of_a_large_text_the_first_error_of_its_shape_is_told_alone():
    assert len(findings(tasks(5, "sett: {x: 1}"))) == 5
    assert len(findings(tasks(5_000, "sett: {x: 1}"))) == 1


def test_of_many_names_the_first_are_told_and_the_nearest():
    found = only(f"{tasks(300, 'set: {x: 1}')}  - last: {{set: {{x: 1}}, then: t299x}}\n")

    assert 'Did you mean "t299"?' in found.message
    assert "and 264 more" in found.message
    assert len(found.message) < 600


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (with_patterns(MAX_PATTERNS + 1, "^a+$"), f"more than {MAX_PATTERNS} patterns"),
        (
            with_patterns(MAX_LARGE_PATTERNS + 1, LARGE),
            f"more than {MAX_LARGE_PATTERNS} patterns as",
        ),
        (with_patterns(1, "a" * (MAX_PATTERN + 1)), "more than 2,000 characters"),
        (with_patterns(1, "(?=a)b"), 'is not a "regex"'),
        (schema(f"{{enum: [{'1, ' * MAX_VALUES}]}}"), f"more than {MAX_VALUES:,} values"),
    ],
)
def test_a_schema_that_takes_too_long_to_read_is_refused(text: str, said: str):
    found = only(text)

    assert found.rule == "invalid-schema"
    assert said in found.message


@pytest.mark.parametrize(
    "text",
    [with_patterns(MAX_PATTERNS, "^a+$"), with_patterns(MAX_LARGE_PATTERNS, LARGE)],
)
def test_as_many_patterns_as_may_be_are_accepted(text: str):
    assert rules(text) == []


def test_literal_arguments_are_held_to_a_plain_schema_of_the_document():
    assert rules(calling("{properties: {x: {type: string}}}", "{x: 1}")) == ["argument"]


@pytest.mark.parametrize(
    "own",
    [
        "{properties: {x: {$ref: '#/$defs/t'}}, $defs: {t: {type: string}}}",
        "{properties: {x: {type: string, pattern: a}}}",
    ],
)
def test_what_a_comparison_may_cost_nobody_knows_is_left_to_the_run(own: str):
    assert rules(calling(own, "{x: 1}")) == []


def test_expressions_may_have_so_many_symbols_in_all():
    one = "'${ " + ".+" * 9_000 + ". }'"
    few = MAX_SYMBOLS // 20_000
    body = "do: [a: {set: {x: [%s]}}]"
    assert rules(body % ", ".join([one] * (few - 1))) == []
    assert rules(body % ", ".join([one] * (few + 1))) == ["too-many-expressions"]


def test_the_more_tasks_the_more_symbols():
    assert (
        rules(tasks(9_000, f"set: {{x: '${{ {'.+' * ((SYMBOLS_OF_A_TASK - 10) // 2)}. }}'}}")) == []
    )


def test_in_loose_mode_every_text_counts():
    text = "x" * 10_000
    few = MAX_SYMBOLS // 10_000
    loose = "evaluate: {mode: loose}\ndo: [a: {set: {%s}}]"
    many = ", ".join(f"x{place}: {text}" for place in range(few + 1))
    assert "too-many-expressions" in rules(loose % many)
    assert "too-many-expressions" not in rules(loose % f"x: {text}")


@pytest.mark.parametrize(
    ("text", "partial"),
    [
        ("a ${ .b } c", True),
        ("a ${}", True),
        ("${ .a }", False),
        ("} ${", False),
        ("a ${ b", False),
        ("a } b", False),
    ],
)
def test_a_partial_expression_opens_before_it_closes(text: str, partial: bool):
    assert is_partial(text) is partial
