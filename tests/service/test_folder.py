"""One process serves a folder: those that come second, those that died, and those that end."""

from pathlib import Path

from tests.service.callee import calling
from tests.service.drill import PATIENCE, alive, document, podium_in, until

WORK = document(
    "work",
    """
- each:
    for: {each: n, in: "${ [range(50)] }"}
    do:
      - post:
          call: http
          with: {method: post, endpoint: "${ $workflow.input.url }", body: {n: "${ $n }"}}
- result:
    set: {done: true}
""",
)


def test_the_second_up_on_a_folder_says_who_has_it_and_the_first_lives(tmp_path: Path) -> None:
    with podium_in(tmp_path) as place:
        _ = place.up()

        second = place.podium("up", "--port", "0")

        assert second.code == 1
        assert second.seconds < PATIENCE / 2
        assert f"process {place.pid}" in second.out
        assert "Use that one, end it with" in second.out
        assert "Traceback" not in second.out
        assert place.lives
        assert place.call("GET", "/health/ready").status == 200


def test_what_a_killed_server_left_behind_does_no_harm(tmp_path: Path) -> None:
    with podium_in(tmp_path) as place:
        _ = place.up()
        left = place.descendants()
        place.kill()
        assert (place.state / "server.json").exists()
        assert str(place.pid) in (place.state / "lock").read_text("ascii")

        listed = place.podium("runs", "list")
        _ = place.up()

        assert listed.code == 0, listed.out
        assert place.call("GET", "/health/ready").status == 200
        _ = until("its helpers end with it", lambda: not alive(left))


def test_sigterm_in_the_middle_of_work_ends_in_peace_and_leaves_no_process(tmp_path: Path) -> None:
    with calling() as callee, podium_in(tmp_path) as place:
        _ = place.up()
        place.store(WORK)
        runs = [place.start("work", {"url": f"{callee.url}/effect?ms=20"}) for _ in range(3)]
        _ = until("work is going on", lambda: callee.count > 10)
        started = place.descendants()

        ended = place.end()

        assert ended.code == 0, ended.out
        assert ended.seconds < PATIENCE / 2
        assert "podium has ended" in ended.out
        assert "Traceback" not in ended.out
        assert "rror" not in ended.out
        assert not alive(started)
        assert not (place.state / "server.json").exists()
        # What it left goes on at the next start, and nothing that was recorded happens again.
        _ = place.up()
        for run in runs:
            assert place.reaches(run, "completed")["output"] == {"done": True}
        assert callee.count <= 3 * 50 + len(runs)
        assert len(callee.times) == 3 * 50
