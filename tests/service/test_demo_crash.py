"""The demo killed in the middle: `podium up` finishes the same runs."""

from pathlib import Path

import pytest
from tests.service.drill import Place, podium_in, until

pytestmark = [pytest.mark.local_models, pytest.mark.alone]

EXAMPLE = Path(__file__).parents[2] / "examples" / "support-triage"
CONFIG = ("--config", str(EXAMPLE / "podium.yaml"))
MESSAGES = 3
SECONDS = 500.0
"""Until models have written a few replies, on a machine with much else to do."""


def statuses(place: Place) -> list[str]:
    return [str(run["status"]) for run in place.runs(batch="demo")]


def test_podium_up_finishes_the_demo_that_was_killed(tmp_path: Path):
    with podium_in(tmp_path) as place:
        home = ("--home", str(place.state))
        document, messages = str(EXAMPLE / "workflow.yaml"), str(EXAMPLE / "messages.csv")
        rows = ("--input", messages, "--limit", str(MESSAGES), "--batch", "demo")
        results = ("--output", str(tmp_path / "results.jsonl"))
        _ = place.serve("run", document, *rows, *results, *home, *CONFIG)
        _ = until("all have begun", lambda: len(statuses(place)) == MESSAGES)
        before = statuses(place)
        place.kill()
        assert "running" in before, "killed too late to show anything"

        _ = place.serve("up", "--port", "0", *home, *CONFIG)
        going = {"pending", "running"}
        _ = until("none runs", lambda: going.isdisjoint(statuses(place)), SECONDS)

        after = statuses(place)
        assert len(after) == MESSAGES
        assert set(after) <= {"completed", "waiting"}
        assert place.end().code == 0
