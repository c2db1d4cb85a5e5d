"""Programs that want out, or everything: they see nothing, reach nothing, and are ended in time."""

import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest
from tests.pace import HANGS
from tests.service.sandboxes import SMALL, gone, js, needs_node, opened, python, ran, shell

from podium.adapters.processes import landlock
from podium.adapters.processes.sandbox import Limits, Reach, Sandbox
from podium.kernel.errors import LimitReached, TimedOut
from podium.workflows.calls.processes import Process

pytestmark = [pytest.mark.anyio, pytest.mark.alone]
SECRET = "sk-4321-is-a-secret"  # noqa: S105 - of nobody


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with opened() as made:
        yield made


@pytest.fixture
def neighbour() -> Iterator[int]:
    """A process of the same user with a secret in its environment, as podium is one."""
    code = "import time; time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], env={"API_KEY": SECRET})
    yield process.pid
    process.kill()
    _ = process.wait()


@pytest.fixture
def listening() -> Iterator[int]:
    """A server on this machine that greets whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.sendall(b"welcome")
            except OSError:
                return

        threading.Thread(target=greet, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


# What it sees


async def test_no_process_outside_is_seen_nor_any_environment(sandbox: Sandbox, neighbour: int):
    assert SECRET.encode() in await anyio.Path(f"/proc/{neighbour}/environ").read_bytes()
    code = """
import os
for process in filter(str.isdecimal, os.listdir("/proc")):
    print(process)
    for name in ("environ", "cmdline"):
        try: print(open(f"/proc/{process}/{name}", "rb").read())
        except OSError as error: print(error)
"""
    ended = await ran(sandbox, python(code))
    assert ended.code == 0
    seen = [int(line) for line in ended.stdout.splitlines() if line.isdecimal()]
    assert len(seen) == 2  # the first process of the sandbox, and this one
    assert max(seen) < 10
    assert SECRET not in ended.stdout
    assert "b'PATH=" in ended.stdout  # its own


async def test_no_file_of_the_machine_is_seen_but_programs(sandbox: Sandbox, tmp_path: Path):
    own = tmp_path / ".podium" / "podium.db"
    own.parent.mkdir()
    _ = own.write_text(SECRET)
    own.chmod(0o666)
    tries = (own, "/etc/passwd", "/etc/shadow", "/root", "/home", "/var", "/run", "/sys", "/work")
    ended = await ran(sandbox, shell("\n".join(f"cat {each} || ls {each}" for each in tries)))
    assert ended.stdout == ""
    assert ended.stderr.count("No such file or directory") == 2 * len(tries)
    top = await ran(sandbox, shell("ls /"))
    assert {"proc", "program", "tmp", "usr"} <= set(top.stdout.split())
    assert set(top.stdout.split()) <= {
        *("bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "nix", "proc", "program"),
        *("root", "sbin", "tmp", "usr", "home", "opt", "work"),  # parts of the interpreter's path
    }


async def test_the_folder_of_a_python_interpreter_shows_no_more_than_the_interpreter(
    sandbox: Sandbox,
):
    """It may be installed in somebody's home."""
    code = """
import os, sys
for folder, inside, names in os.walk("/"):
    if folder.startswith(("/usr", "/proc", "/dev")) or "/lib/python3" in folder:
        inside.clear()
        continue
    for name in names: print(os.path.join(folder, name))
"""
    ended = await ran(sandbox, python(code))
    found = [line for line in ended.stdout.splitlines() if not line.startswith(("/etc/", "/nix/"))]
    assert all(
        "/bin/python3" in each or "/libpython3" in each for each in found if "main.py" not in each
    ), found


async def test_nothing_can_be_written_outside_of_its_folder(sandbox: Sandbox):
    tries = (
        "/usr/bin/ls",
        "/usr/new",
        "/new",
        "/etc/new",
        "/program/command",
        "/proc/sys/kernel/hostname",
    )
    ended = await ran(
        sandbox, shell("\n".join(f"echo x > {each} && echo WRITTEN" for each in tries))
    )
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == len(tries)


# What it can become


async def test_it_is_nobody_without_rights_and_can_get_none(sandbox: Sandbox):
    ended = await ran(sandbox, shell("grep -E '^(Uid|Gid|Groups|Cap|NoNew)' /proc/self/status"))
    status = dict(line.split(":\t") for line in ended.stdout.splitlines())
    assert status["Uid"].split() == ["65534"] * 4
    assert status["Gid"].split() == ["65534"] * 4
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[name], 16) == 0
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize(
    "attempt",
    [
        "unshare --user --map-root-user id",
        "unshare --mount true",
        "mount -t tmpfs none /tmp",
        "umount /proc",
        "chroot / true",
        "hostname evil",
        "mknod /tmp/disk b 254 0",
        "kill -9 1",
        "chmod 777 /usr",
        "ln /usr/bin/ls /tmp/ls",
    ],
)
async def test_it_cannot_change_the_walls(sandbox: Sandbox, attempt: str):
    ended = await ran(sandbox, shell(f"{attempt} && echo DONE; echo after"))
    assert ended.stdout == "after"
    assert ended.stderr != ""


# What it reaches


REACH = """
import socket, sys
places = (
    (socket.AF_INET, ("127.0.0.1", int(sys.argv[1]))),
    (socket.AF_UNIX, sys.argv[2]),
    (socket.AF_UNIX, "\\0podium-test-abstract"),
)
for family, where in places:
    try:
        with socket.socket(family) as there:
            there.settimeout(3)
            there.connect(where)
            print("reached", there.recv(7))
    except OSError as error: print("refused", error)
try: print(socket.getaddrinfo("example.com", 80))
except OSError as error: print("refused", error)
"""


async def test_without_a_grant_there_is_no_network_at_all(
    sandbox: Sandbox, listening: int, tmp_path: Path
):
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as abstract:
        named.bind(path)
        named.listen()
        abstract.bind("\0podium-test-abstract")
        abstract.listen()
        ended = await ran(sandbox, python(REACH, str(listening), path))
    assert ended.code == 0
    assert [line.split()[0] for line in ended.stdout.splitlines()] == ["refused"] * 4
    devices = await ran(sandbox, shell("cat /proc/net/dev | tail -n +3"))
    assert devices.stdout.split(":")[0].strip() == "lo"


async def test_with_a_grant_there_is_the_network_but_no_socket_of_the_machines_files(
    listening: int, tmp_path: Path
):
    path = str(tmp_path / "socket")
    async with opened(SMALL, Reach(network=True)) as sandbox:
        with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as abstract:
            named.bind(path)
            named.listen()
            abstract.bind("\0podium-test-abstract")
            abstract.listen()
            ended = await ran(sandbox, python(REACH, str(listening), path))
    lines = ended.stdout.splitlines()
    assert lines[0] == "reached b'welcome'"
    assert lines[1].startswith("refused")
    if landlock.version() >= 6:  # which keeps abstract sockets apart
        assert lines[2].startswith("refused [Errno 1] Operation not permitted")


# What it takes


async def late(sandbox: Sandbox, process: Process) -> str:
    with anyio.fail_after(HANGS), pytest.raises(TimedOut) as caught:
        _ = await ran(sandbox, process, seconds=1.0)
    return caught.value.message


async def test_who_sleeps_for_ever_is_woken_by_the_deadline(sandbox: Sandbox):
    said = await late(sandbox, shell("trap '' TERM INT HUP; while :; do sleep 4322.1; done"))
    assert "did not end within 1 s" in said
    assert "processes.timeout" in said
    assert await gone("4322.1")


async def test_a_fork_bomb_ends_at_its_number_of_processes_and_with_its_time(sandbox: Sandbox):
    code = """
import os, time
made = 0
try:
    while True:
        if os.fork() == 0: time.sleep(4322.2)
        made += 1
except OSError as error: print(made, error)
"""
    ended = await ran(sandbox, python(code))
    assert int(ended.stdout.split()[0]) <= SMALL.processes
    assert "temporarily unavailable" in ended.stdout
    bomb = "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass"
    _ = await late(sandbox, python(f"{bomb}\n# 4322.3"))
    assert await gone("4322.3")


async def test_what_a_program_leaves_behind_ends_with_it(sandbox: Sandbox):
    code = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for stream in range(3): os.close(stream)
        os.execvp("sleep", ["sleep", "4322.4"])
    os._exit(0)
"""
    with anyio.fail_after(HANGS):
        assert (await ran(sandbox, python(code))).code == 0
        assert (await ran(sandbox, shell("setsid sleep 4322.4 & nohup sleep 4322.4 &"))).code == 0
    assert await gone("sleep\x004322.4")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_ten_gigabytes_of_output_are_read_up_to_the_limit(sandbox: Sandbox, stream: str):
    endless = "head -c 10000000000 /dev/zero"
    with pytest.raises(LimitReached) as caught:
        _ = await ran(sandbox, shell(endless if stream == "stdout" else f"{endless} >&2"))
    assert f"1,048,576 bytes to {stream}" in caught.value.message
    assert "processes.max_output_bytes" in caught.value.message


async def _ends_for_want_of_memory(sandbox: Sandbox, code: str) -> bool:
    """By its own limit, or by that of all its processes, whichever is seen first."""
    try:
        ended = await ran(sandbox, python(code))
    except LimitReached as over:
        return "max_memory_bytes" in over.message
    return ended.code == 1 and "MemoryError" in ended.stderr


async def test_memory_ends_at_its_limit_whoever_takes_it(sandbox: Sandbox):
    assert await _ends_for_want_of_memory(sandbox, "x = [bytearray(1 << 20) for _ in range(1000)]")
    together = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        x = bytearray(os.urandom(1 << 20)) * 100
        time.sleep(4322.5)
time.sleep(4322.5)
"""
    with pytest.raises(LimitReached, match=r"268,435,456 bytes of memory.*max_memory_bytes"):
        _ = await ran(sandbox, python(together))
    shared = "import mmap\nm = mmap.mmap(-1, 1 << 30)\nwhile True: m.write(b'x' * (1 << 20))"
    with pytest.raises(LimitReached, match="memory"):
        _ = await ran(sandbox, python(shared))


@needs_node
async def test_memory_of_a_js_script_ends_at_its_limit(sandbox: Sandbox):
    heap = await ran(sandbox, js("const a = []; while (true) a.push(new Array(1e6).fill(1.5))"))
    assert heap.code == 128 + 6
    assert "out of memory" in heap.stderr
    buffers = await ran(sandbox, js("const a = []; while (true) a.push(Buffer.alloc(5e7, 1))"))
    assert "allocation failed" in buffers.stderr


async def test_files_end_at_the_room_there_is(sandbox: Sandbox):
    one = await ran(sandbox, shell("head -c 100000000 /dev/zero > big; echo $?; ls -s big"))
    assert "No space left" in one.stderr or "File too large" in one.stderr or "153" in one.stdout
    many = """
made = 0
try:
    while True:
        open(f"{made}", "w").close()
        made += 1
except OSError as error: print(made, error)
"""
    counted = await ran(sandbox, python(many))
    assert int(counted.stdout.split()[0]) < 20_000
    assert "No space left" in counted.stdout
    memory = "head -c 100000000 /dev/zero > /dev/shm/big; du -k /dev/shm/big | cut -f 1"
    assert int((await ran(sandbox, shell(memory))).stdout) <= 16 << 10


async def test_processor_time_ends_at_its_limit():
    async with opened(Limits(seconds=HANGS, cpu=1.0)) as sandbox:
        with pytest.raises(LimitReached, match=r"1 s of processor time.*processes\.cpu"):
            _ = await ran(sandbox, shell("while :; do :; done"), seconds=HANGS)
        stubborn = shell("trap '' XCPU; while :; do :; done")
        with pytest.raises(LimitReached, match="killed"):
            _ = await ran(sandbox, stubborn, seconds=HANGS)


async def test_open_files_end_at_their_number(sandbox: Sandbox):
    code = "files = []\nwhile True: files.append(open('/dev/null'))"
    ended = await ran(sandbox, python(code))
    assert "Too many open files" in ended.stderr


async def test_after_all_that_the_sandbox_works(sandbox: Sandbox):
    for command in ("kill -9 -1", "kill -9 $PPID", "exec sleep 0", "cat /dev/full >/dev/full"):
        _ = await ran(sandbox, shell(command))
    assert (await ran(sandbox, shell("echo well"))).stdout == "well"
