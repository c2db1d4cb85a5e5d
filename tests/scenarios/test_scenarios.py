"""Scenarios of our own, for what the conformance kit leaves out."""

from pathlib import Path

import pytest

from tests.scenarios.event_steps import EVENTS
from tests.scenarios.gherkin import Scenario, scenarios
from tests.scenarios.more_steps import OURS
from tests.scenarios.run_steps import RUNS
from tests.scenarios.steps import KIT, perform
from tests.scenarios.support import NOTHING, PAGE, constructs, page, used
from tests.scenarios.theatre import theatre
from tests.simulation.loop import simulate

ALL = scenarios(Path(__file__).parent / "features")


@pytest.mark.parametrize("scenario", ALL, ids=lambda each: each.id)
def test_scenario(scenario: Scenario) -> None:
    async def play() -> None:
        async with theatre() as stage:
            await perform(scenario, stage, OURS, RUNS, EVENTS, KIT)

    simulate(play)


def test_no_two_scenarios_have_one_name() -> None:
    names = [each.id for each in ALL]
    assert len(names) == len(set(names))


def test_the_page_of_what_is_supported_is_up_to_date() -> None:
    """Write it again with: python -m tests.scenarios.support."""
    assert PAGE.read_text("utf-8") == page()


def test_every_construct_is_shown_by_something() -> None:
    assert [line for line in page().splitlines() if NOTHING in line] == []


def test_scenarios_use_nothing_that_the_page_does_not_list() -> None:
    assert frozenset().union(*map(used, ALL)) <= set(constructs())
