"""Two processes and one folder."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from podium.cli.folder import Folder, LiveServer
from podium.cli.lock import Busy, Holder, held

_HOLD = """
import sys, time
from pathlib import Path
from podium.cli.lock import Holder, held
with held(Path(sys.argv[1]), command="up") as lock:
    lock.sign(Holder(4711, "http://127.0.0.1:8700", "up"))
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    _ = process.wait()
    process.stdout.close()


def test_the_lock_is_free_again_after_the_block(tmp_path: Path):
    for _ in range(2):
        with held(tmp_path / "lock", command="up"):
            pass


@pytest.mark.usefixtures("other")
def test_a_second_process_is_told_who_holds_it(tmp_path: Path):
    with pytest.raises(Busy) as busy, held(tmp_path / "lock", command="run"):
        pass
    assert busy.value.holder == Holder(4711, "http://127.0.0.1:8700", "up")
    assert busy.value.message == (
        f"`podium up` already serves the folder {tmp_path} at http://127.0.0.1:8700 "
        f"(process 4711). Use that one, end it with `kill 4711`, or choose another folder with "
        f"--home."
    )


def test_a_killed_process_leaves_the_lock_free(tmp_path: Path, other):
    other.send_signal(signal.SIGKILL)
    _ = other.wait()
    with held(tmp_path / "lock", command="run"):
        assert f'"pid":{os.getpid()}' in (tmp_path / "lock").read_text()


def test_a_lock_file_with_nonsense_in_it_locks_nothing(tmp_path: Path):
    _ = (tmp_path / "lock").write_text("nonsense that is longer than what is written over it" * 9)
    first, second = held(tmp_path / "lock", command="up"), held(tmp_path / "lock", command="run")
    with first, pytest.raises(Busy) as busy, second:
        pass
    assert busy.value.holder == Holder(os.getpid(), "", "up")


def test_the_state_folder_and_the_token_are_for_its_owner_alone(tmp_path: Path):
    folder = Folder(tmp_path / "deep" / ".podium")
    folder.create()
    folder.announce(LiveServer(1, "http://127.0.0.1:1", "secret"))
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder.path / "server.json").stat().st_mode) == 0o600
    assert folder.server() == LiveServer(1, "http://127.0.0.1:1", "secret")
    folder.withdraw()
    assert folder.server() is None


def test_version_control_ignores_the_state_folder(tmp_path: Path):
    folder = Folder(tmp_path / ".podium")
    folder.create()
    folder.create()
    assert (folder.path / ".gitignore").read_text() == "*\n"


def test_a_broken_server_file_is_no_server(tmp_path: Path):
    _ = (tmp_path / "server.json").write_text('{"pid": 1')
    assert Folder(tmp_path).server() is None
