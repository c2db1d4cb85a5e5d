"""The demo killed in the middle: `podium up` finishes the same runs."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.local_models

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "support-triage"
MESSAGES = 10
SECONDS = 240.0


def podium(home: Path, *arguments: str) -> list[str]:
    config = str(EXAMPLE / "podium.yaml")
    command = str(Path(sys.executable).with_name("podium"))
    return [command, *arguments, "--home", str(home), "--config", config]


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.5)


def statuses(home: Path) -> list[str]:
    said = subprocess.run(
        podium(home, "runs", "list", "--batch", "demo", "--limit", "100", "--json"),
        capture_output=True,
        check=False,
        text=True,
    )
    return [run["status"] for run in json.loads(said.stdout)] if said.stdout else []


def test_podium_up_finishes_the_demo_that_was_killed(tmp_path):
    home = tmp_path / "state"
    first = subprocess.Popen(
        podium(
            home,
            "run",
            str(EXAMPLE / "workflow.yaml"),
            *("--input", str(EXAMPLE / "messages.csv"), "--limit", str(MESSAGES)),
            *("--batch", "demo", "--output", str(tmp_path / "results.jsonl")),
        ),
        stdout=subprocess.DEVNULL,
    )
    until(lambda: (home / "podium.db").exists() and len(statuses(home)) == MESSAGES)
    before = statuses(home)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert "running" in before, "killed too late to show anything"

    second = subprocess.Popen(podium(home, "up", "--port", "0"), stdout=subprocess.DEVNULL)
    try:
        until(lambda: not {"pending", "running"} & set(statuses(home)))
        after = statuses(home)
    finally:
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=20) == 0
    assert len(after) == MESSAGES
    assert set(after) <= {"completed", "waiting"}
