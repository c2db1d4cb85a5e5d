"""What routing has learned outlives the process."""

import json
from pathlib import Path

import pytest
from tests.unit.gateway.fakes import ANA, FIRST, SECOND

from podium.bootstrap.gateway import RoutingMemory
from podium.gateway.models import Call, Operation, Route, Target
from podium.gateway.routing.choice import Choice, Reason
from podium.gateway.routing.memory import Learned
from podium.gateway.scores import Scores
from podium.kernel.errors import Invalid


def scored() -> Scores:
    scores = Scores(Learned())
    targets = (Target(FIRST), Target(SECOND))
    call = Call("call_1", Operation.CHAT, "r", Route("r", targets), ANA.workspace, ANA.user,
                streamed=False, started_at=0.0)  # fmt: skip
    scores.remember(
        call, Choice(targets, Reason("quality_floor", "it"), features=("kind:a",)), FIRST
    )
    scores.give(ANA, "call_1", 1.0)
    return scores


def test_it_is_written_and_read_again(tmp_path: Path):
    file, scores = tmp_path / "routing.json", scored()
    RoutingMemory(file, scores).save()
    assert file.stat().st_mode & 0o777 == 0o600
    later = Scores(Learned())
    RoutingMemory(file, later).load()
    assert later.learned.to_json() == scores.learned.to_json()


def test_nothing_is_written_where_nothing_was_learned(tmp_path: Path):
    memory = RoutingMemory(tmp_path / "routing.json", Scores(Learned()))
    memory.load()
    memory.save()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damaged", ["{", json.dumps({"version": 99})])
def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path, damaged: str):
    (tmp_path / "routing.json").write_text(damaged)
    with pytest.raises(Invalid):
        RoutingMemory(tmp_path / "routing.json", Scores(Learned())).load()
