"""Whatever the text is, it is refused or answered within a second, with a few short sentences."""

import time

import pytest
from tests.unit.workflows.documents.hostile import hostile, large
from tests.unit.workflows.documents.written import FUNCTIONS

from podium.kernel.errors import Invalid
from podium.workflows.documents.check import MAX_TASKS, check, parse
from podium.workflows.documents.findings import MAX_ERRORS, MAX_WARNINGS
from podium.workflows.documents.yaml import load

pytestmark = pytest.mark.timed

TEXTS = hostile()
SECONDS = 1.0
"""Of the processor, so that others on the machine do not count."""


@pytest.mark.parametrize("kind", TEXTS)
def test_a_hostile_text_is_answered_within_a_second(kind: str):
    text = TEXTS[kind]()
    said, took = _checked(text)
    if took >= SECONDS:  # a second look: whoever shares the caches costs time of the processor too
        said, took = _checked(text)

    assert took < SECONDS, f"{took:.2f} s"
    assert len(said) <= MAX_ERRORS + MAX_WARNINGS + 1
    assert max(map(len, said), default=0) < 1200


def _checked(text: str) -> tuple[list[str], float]:
    began = time.process_time()
    try:
        found = check(load(text, name="flow.yaml"), FUNCTIONS)
        said = [each.message for each in found]
    except Invalid as error:
        said = [each.message for each in error.problems]
    return said, time.process_time() - began


def test_ten_thousand_tasks_are_accepted_in_a_few_seconds():
    text = large(MAX_TASKS)
    began = time.process_time()
    document = parse(text, name="flow.yaml", functions={"llm": {"type": "object"}})

    assert time.process_time() - began < 5
    assert len(list(document.source["do"])) == MAX_TASKS  # pyright: ignore[reportArgumentType]


def test_one_task_more_is_refused():
    with pytest.raises(Invalid, match="more than 10,000 tasks"):
        _ = parse(large(MAX_TASKS + 1), name="flow.yaml", functions={"llm": {"type": "object"}})
