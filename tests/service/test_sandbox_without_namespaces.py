"""Where the kernel gives no namespaces, nothing starts; unless the network is granted anyway and
podium is root: then Landlock guards the files.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from tests.pace import HANGS
from tests.service.sandboxes import alive

from podium.adapters.processes import landlock

ROOT = Path(__file__).parents[2]
HARNESS = Path(__file__).with_name("without_namespaces.py")
SCRIPT = """
import sys, json, anyio
from podium.adapters.processes.sandbox import Limits, Reach, Sandbox
from podium.kernel.errors import PodiumError
from podium.workflows.calls.processes import Language, Process
async def main():
    seconds = float(sys.argv[3])
    limits = Limits(seconds=seconds, memory=128 << 20, disk=1 << 20, processes=16)
    async with Sandbox(limits, Reach(network=sys.argv[1] == "network")) as sandbox:
        try:
            ended = await sandbox.run(Process(Language.SHELL, sys.argv[2]), seconds=seconds)
            print(json.dumps([ended.code, ended.stdout, ended.stderr]))
        except PodiumError as error:
            print(json.dumps([type(error).__name__, error.message]))
anyio.run(main)
"""
CHILD = """
import sys, json
from podium.adapters.processes.child import Child
bounds = {"seconds": 5, "cpu": 5, "memory": 1 << 28, "address_space": 0, "disk": 1 << 20,
          "file": 1 << 20, "files": 64, "processes": 16}
plan = {"command": ["/bin/sh", "{code}/command"], "arguments": [], "environment": {},
        "texts": {"command": "id"}, "readable": {"/usr": "/usr"}, "network": True, "links": {},
        "bounds": bounds}
print(json.dumps(Child(plan, b"", most=10000).run().report))
"""

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root to take namespaces away"),
    pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock"),
]


def without(*command: str, user: int = 0) -> list[object]:
    found = subprocess.run(
        [sys.executable, str(HARNESS), str(user), *command],
        env={"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert found.returncode == 0, found.stderr
    return cast("list[object]", json.loads(found.stdout))


def sandboxed(network: str, command: str, *, seconds: float = HANGS) -> list[object]:
    return without(sys.executable, "-c", SCRIPT, network, command, str(seconds))


def test_nothing_is_started_and_the_error_says_why_and_what_to_do():
    kind, message = sandboxed("no", "touch /tmp/4323; echo started")
    assert kind == "Refused"
    assert isinstance(message, str)
    assert "was not started" in message
    assert "unshare: No space left on device" in message
    assert "docs/how-to/run-programs.md" in message


def test_with_the_network_granted_a_program_of_root_runs_as_nobody_in_a_folder_of_its_own():
    code, stdout, stderr = sandboxed(
        "network", 'id -u; test "$PWD" = "$TMPDIR" && ls -A && echo x > f && cat f'
    )
    assert (code, stdout, stderr) == (0, "65534\nx", "")
    assert list(Path("/tmp").glob("podium-*/work")) == []  # noqa: S108


def test_it_reads_and_writes_nothing_else(tmp_path: Path):
    secret = tmp_path / "podium.db"
    _ = secret.write_text("secret")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp/pytest-of-root"):  # noqa: S108
            folder.chmod(0o755)
    secret.chmod(0o666)
    tries = (
        f"cat {secret}",
        f"echo x > {secret}",
        f"chmod 600 {secret}",
        "cat /etc/passwd",
        "cat /proc/self/environ",
        "ls /",
        "touch /tmp/4323",
        "kill -9 1",
    )
    for attempt in tries:
        code, stdout, _ = sandboxed("network", f"{attempt}; echo $?")
        assert code == 0
        assert stdout != "0", attempt
        assert "secret" not in str(stdout)
    assert secret.read_text() == "secret"
    assert secret.stat().st_mode & 0o777 == 0o666


def test_what_it_leaves_behind_is_hunted_down():
    assert sandboxed("network", "setsid sleep 4323.1 & nohup sleep 4323.1 & exit 0")[0] == 0
    assert alive("sleep\x004323.1") == []
    stays = "setsid sleep 4323.2 & trap '' TERM; sleep 4323.2"
    kind, message = sandboxed("network", stays, seconds=3)
    assert kind == "TimedOut"
    assert "did not end within 3 s" in str(message)
    assert alive("sleep\x004323.2") == []


def test_memory_of_all_together_ends_at_its_limit():
    eat = "x=$(head -c 60000000 /dev/zero | tr '\\0' x); sleep 60"
    kind, message = sandboxed("network", f"({eat}) & ({eat}) & ({eat}) & wait")
    assert kind == "LimitReached", message
    assert "134,217,728 bytes of memory" in str(message)


def test_a_podium_that_is_not_root_starts_nothing_there():
    interpreter = "/usr/bin/python3"
    if not Path(interpreter).exists():
        pytest.skip("no interpreter that another user can read")
    folder = Path(__file__).parent
    if not all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents)):
        pytest.skip(f"another user cannot read {folder}")
    report = without(interpreter, "-c", CHILD, user=4321)
    assert "not root" in str(report)
    assert set(cast("dict[str, str]", report)) == {"walls"}
