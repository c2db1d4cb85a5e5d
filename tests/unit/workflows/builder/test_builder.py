"""The builder writes the documents that one would write in YAML, and says where it is wrong."""

import inspect
import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.workflows.builder import every_kind

import podium
from podium.kernel.errors import Invalid
from podium.workflow import (
    Task,
    Workflow,
    call,
    case,
    do,
    http,
    otherwise,
    set_,
    switch,
    wait,
)
from podium.workflows.documents.check import check, parse
from podium.workflows.documents.language.calls import ARGUMENTS
from podium.workflows.documents.tasks import KINDS, lists
from podium.workflows.documents.yaml import load

TEXT = Path(__file__).with_name("every_kind.yaml").read_text("utf-8")


def flow(*tasks: Task, **about: object) -> Workflow:
    return Workflow("tests", "flow", "1.0.0", do=tasks, **about)


def line() -> int:
    """Of the caller."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def test_a_document_of_every_kind_is_the_same_in_python_and_in_yaml():
    written = load(TEXT, name="every_kind.yaml").value
    assert every_kind.FLOWS.document == written
    tasks = [task for each in lists(written) for task in each.tasks]
    assert {task.kind for task in tasks} == set(KINDS)
    assert {task.body.get("call") for task in tasks} >= set(ARGUMENTS)


def test_its_yaml_and_its_json_are_read_as_itself():
    document = every_kind.FLOWS.document
    assert load(every_kind.FLOWS.yaml(), name="built").value == document
    assert json.loads(every_kind.FLOWS.json()) == document


def test_it_is_checked_by_the_rules_of_documents():
    found = [(each.rule, each.path) for each in every_kind.FLOWS.findings()]
    source = load(TEXT, name="every_kind.yaml")
    known = {"log": {"type": "object"}, "log:1.0.0": {"type": "object"}}
    assert sorted(found) == sorted((each.rule, each.path) for each in check(source, known))


def test_what_it_writes_is_accepted():
    built = flow(set_("a", {"x": 1}), wait("b", timedelta(seconds=1)))
    built.check()
    assert parse(built.yaml(), name="built", functions={}).name == "flow"


def test_an_error_names_the_line_and_column_of_the_task():
    built = flow(
        set_("first", {"x": 1}, then="second"),
        do("second", [
            set_("inner", {"x": 1}), set_("wrong", {"x": 1}, then="first"),
        ]),
    )  # fmt: skip
    at = line() - 3
    with pytest.raises(Invalid) as caught:
        built.check()
    (problem,) = caught.value.problems
    assert (problem.rule, problem.line, problem.column) == ("unknown-target", at, 38)
    assert caught.value.message.startswith(f"test_builder.py:{at}:38: There is no task 'first'")


def test_an_error_in_a_case_names_the_case():
    built = flow(
        switch("which", [
            case("good", ".x", then="end"),
            otherwise("nowhere"),
        ]),
    )  # fmt: skip
    at = line() - 3
    (found,) = built.findings()
    assert (found.rule, found.line) == ("unknown-target", at)


def test_an_error_in_the_head_names_the_workflow():
    built = Workflow("tests", "no name", "1.0.0", do=[])
    at = line() - 1
    (found,) = built.findings()
    assert (found.rule, found.line, found.path) == ("schema/pattern", at, "/document/name")


def test_an_error_in_another_file_names_that_file(tmp_path: Path):
    path = tmp_path / "shared_tasks.py"
    _ = path.write_text("\n\nfrom podium.workflow import wait\nBAD = wait('a', 'soon')\n", "utf-8")
    space: dict[str, object] = {}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)  # noqa: S102 - its own text
    built = flow(space["BAD"])
    with pytest.raises(Invalid, match=r"shared_tasks\.py: do\.a\.wait is \"soon\"") as caught:
        built.check()
    assert caught.value.problems[0].line == 4


@pytest.mark.parametrize(
    ("task", "rule"),
    [
        (lambda: http("a", "get", "no address at all"), "schema/pattern"),
        (lambda: call("a", "unheard-of"), "unknown-function"),
        (lambda: call("a", "log", {"mesage": "x"}), "argument"),
        (lambda: set_("a", {"x": "${ .a | }"}), "expression"),
        (lambda: wait("a", timedelta(seconds=-1)), "schema/pattern"),
    ],
    ids=["address", "function", "argument", "expression", "duration"],
)
def test_every_kind_of_mistake_is_found_where_it_was_written(task, rule: str):
    found = [each for each in flow(task()).findings() if each.severity == "error"]
    assert found[0].rule == rule
    assert found[0].line == task.__code__.co_firstlineno


def test_a_value_that_is_no_json_is_refused_with_its_place():
    built = flow(set_("a", {"x": {1, 2}}))
    place = rf"test_builder\.py:{line() - 1}: /do/0/a/set/x has "
    with pytest.raises(Invalid, match=place):
        _ = built.yaml()
    with pytest.raises(Invalid, match="texts as keys"):
        _ = flow(set_("a", {1: 2})).yaml()


def test_a_declared_function_is_called_by_itself():
    @podium.function(kind="pure", version="2.0.0")
    def greet(name: str) -> str:
        return f"Hello {name}"

    built = flow(call("a", greet, {"name": "Ann"}))
    assert built.document["do"] == [{"a": {"call": "greet:2.0.0@default", "with": {"name": "Ann"}}}]
    assert [each.rule for each in built.findings()] == ["unknown-function"]
    assert built.findings([greet]) == ()
    (wrong,) = flow(call("a", greet, {"name": 5})).findings([greet])
    assert wrong.rule == "argument"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (timedelta(seconds=30), "PT30S"),
        (timedelta(milliseconds=1), "PT0.001S"),
        (timedelta(milliseconds=250), "PT0.25S"),
        (timedelta(days=2, hours=1), "PT176400S"),
        (timedelta(0), "PT0S"),
    ],
)
def test_durations_are_written_to_the_millisecond(given: timedelta, written: str):
    assert flow(wait("a", given)).document["do"] == [{"a": {"wait": written}}]


def test_a_timeout_is_a_duration_or_a_name():
    for given, written in (
        ("short", "short"),
        ("PT5S", {"after": "PT5S"}),
        ("${ .t }", {"after": "${ .t }"}),
        ({"seconds": 5}, {"after": {"seconds": 5}}),
    ):
        built = flow(set_("a", {"x": 1}, timeout=given))
        assert built.document["do"][0]["a"]["timeout"] == written
