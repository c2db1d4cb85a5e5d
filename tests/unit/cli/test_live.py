import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from anyio.lowlevel import checkpoint
from rich.console import Console
from rich.spinner import Spinner

from podium.cli.commands.run import seconds
from podium.cli.exits import ExitCode, of_runs
from podium.cli.folder import Folder
from podium.cli.foreground import welcome
from podium.cli.server import Address
from podium.cli.show.live import Lines, Standing, line, picture
from podium.cli.show.screen import Screen
from podium.cli.show.words import duration, millis, rate
from podium.cli.stop import interruptible
from podium.cli.wire import Run, WorkflowRef

_NOW = Standing(
    settled=30,
    total=100,
    waiting=2,
    faulted=1,
    seconds=10.0,
    earlier=10,
    running=(("classify", 9), ("answer", 5)),
)


def _screen() -> tuple[Screen, io.StringIO]:
    written = io.StringIO()
    console = Console(file=written, width=100)
    return Screen(console, console), written


def test_a_line_says_how_far_how_fast_how_long_and_what_runs():
    assert line(_NOW) == (
        "30/100 runs, 2.0/s, 35.0 s left, running classify x9 answer x5, "
        "2 waiting for a person, 1 faulted"
    )
    assert line(Standing(0, 4, 0, 0, 3.0)) == "0/4 runs"


def test_what_was_done_before_says_nothing_about_the_rate():
    assert _NOW.rate == 2.0
    assert _NOW.eta == 35.0


def test_a_line_comes_for_each_tenth_and_after_ten_seconds():
    screen, written = _screen()
    lines = Lines(screen)
    for settled, at in ((0, 1.0), (9, 2.0), (10, 3.0), (11, 4.0), (11, 14.0)):
        lines.see(Standing(settled, 100, 0, 0, at))
    starts = [said.split()[0] for said in written.getvalue().splitlines()]
    assert starts == ["10/100", "11/100"]


def test_the_picture_shows_the_bar_the_steps_and_who_is_waited_for():
    screen, written = _screen()
    screen.show(picture(_NOW, Spinner("dots")))
    shown = written.getvalue()
    assert "30/100 2.0/s  10.0 s  35.0 s left" in shown
    assert "running  classify x9  answer x5" in shown
    assert "waiting  2 runs for a person to decide" in shown
    assert "faulted  1 run\n" in shown


@pytest.mark.parametrize(
    ("value", "text"),
    [(4.21, "4.2 s"), (192.4, "3 min 12 s"), (7500, "2 h 05 min"), (100_000, "1 d 03 h")],
)
def test_durations_are_as_people_say_them(value: float, text: str):
    assert duration(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.42, "0.4 ms"), (37.2, "37 ms"), (1240, "1.24 s"), (65_000, "1 min 05 s")],
)
def test_milliseconds_grow_into_seconds_and_minutes(value: float, text: str):
    assert millis(value) == text


def test_a_slow_rate_is_told_per_minute():
    assert [rate(2.44), rate(0.5), rate(0.0)] == ["2.4/s", "30.0/min", "0.0/s"]


@pytest.mark.parametrize(("text", "value"), [("30", 30), ("0.5s", 0.5), ("10m", 600), ("2h", 7200)])
def test_a_timeout_is_a_number_with_or_without_a_unit(text: str, value: float):
    assert seconds(text) == value


def test_a_fault_is_graver_than_a_cancellation():
    def runs(*statuses: str) -> list[Run]:
        return [Run(id="r", status=one, workflow=WorkflowRef("a", "b")) for one in statuses]

    assert of_runs(runs("completed", "cancelled", "faulted")) is ExitCode.FAULTED
    assert of_runs(runs("completed", "cancelled")) is ExitCode.CANCELLED
    assert of_runs(runs("completed", "waiting")) is ExitCode.OK


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
async def test_a_signal_ends_the_block_and_not_what_is_around_it(name: str):
    async with interruptible() as stop:
        os.kill(os.getpid(), signal.Signals[name])
        await anyio.sleep(10)
    assert stop.asked
    await checkpoint()


@pytest.mark.anyio
async def test_without_a_signal_nothing_was_asked():
    async with interruptible() as stop:
        await checkpoint()
    assert not stop.asked


def test_the_list_of_commands_imports_nothing_heavy():
    script = (
        "import sys\n"
        "from podium.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'aiohttp', 'anyio', 'uvicorn', 'rich', 'pydantic', 'podium.bootstrap'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=True
    )
    assert "Work:" in done.stdout
    assert done.stderr == "[]\n"


def test_the_link_of_the_first_admin_stays_whole_on_a_narrow_terminal(tmp_path: Path):
    written, link = io.StringIO(), f"http://127.0.0.1:8700/start?token={'x' * 60}"
    console = Console(file=written, width=40)
    address = Address("127.0.0.1", 8700)
    said = welcome(Folder(tmp_path), "http://127.0.0.1:8700", link=link, address=address)
    Screen(console, console).unbroken(*said)
    assert f"  {link}\n" in written.getvalue()
