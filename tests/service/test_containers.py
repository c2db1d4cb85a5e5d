"""Containers by the engine's command line, over a fake of it: no real engine has been asked.

What is shown: which words docker is given, how an end is read, and what is left behind.
"""

import json
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import anyio
import pytest
from tests.pace import HANGS
from tests.world import FakeClock

from podium.adapters.processes.containers import ContainerEngine, Grants
from podium.adapters.processes.sandbox import Limits
from podium.kernel.errors import (
    Invalid,
    LimitReached,
    NotFound,
    Refused,
    TimedOut,
    Unavailable,
)
from podium.workflows.calls.containers import Cleanup, Container, Pull, Volume
from podium.workflows.calls.processes import Ended

pytestmark = pytest.mark.anyio
LIMITS = Limits(seconds=10.0, memory=1 << 28, processes=32)
PLAIN = Container(
    key="run_1:/do/a",
    image="alpine",
    name="podium-run_1-abc",
    command="",
    arguments=(),
    environment={"PODIUM_IDEMPOTENCY_KEY": "run_1:/do/a"},
    stdin=b"",
    ports=(),
    volumes=(),
    cleanup=Cleanup.ALWAYS,
    after=0.0,
    pull=Pull.IF_NOT_PRESENT,
)


class World:
    """A folder with `docker` in it, and what became of what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder: Path = folder
        self.state: Path = folder / "state"
        self.clock: FakeClock = FakeClock()

    def engine(self, grants: Grants | None = None, limits: Limits = LIMITS) -> ContainerEngine:
        return ContainerEngine(limits, grants or Grants(), self.clock)

    def log(self, kind: str) -> list[dict[str, object]]:
        path = self.state / f"{kind}.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return cast("list[dict[str, object]]", [json.loads(line) for line in lines])

    @property
    def left(self) -> list[str]:
        return sorted(path.stem for path in self.state.glob("*.json"))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    text = Path(__file__).with_name("fake_docker.py").read_text()
    docker = tmp_path / "docker"
    _ = docker.write_text(f"#!{sys.executable} -IS\n{text}")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return World(tmp_path)


@pytest.fixture
async def engine(world: World) -> AsyncIterator[ContainerEngine]:
    async with world.engine() as made:
        yield made


async def test_docker_is_given_what_the_document_says(world: World):
    data = world.folder / "data"
    data.mkdir()
    container = replace(
        PLAIN,
        command="input=$(cat); echo $1 $2",
        arguments=("Foo", "$(Bar)"),
        environment={"A": "b c", "SECRET": "s3cret=#"},
        stdin=b"hello",
        ports=(("8080", "80"), ("53", "53/udp")),
        volumes=(
            Volume(str(data), "/data", read_only=True),
            Volume(str(data), "/w", read_only=False),
        ),
        pull=Pull.ALWAYS,
    )
    async with world.engine(Grants(network=True, volumes=[str(world.folder)])) as engine:
        ended = await engine.run(container, seconds=HANGS)
    assert ended == Ended(0, "hello from alpine", "")
    (asked,) = world.log("run")
    assert asked["image"] == "alpine"
    assert asked["command"] == ["-c", "input=$(cat); echo $1 $2", "sh", "Foo", "$(Bar)"]
    assert asked["stdin"] == "hello"
    assert asked["environment"] == "A=b c\nSECRET=s3cret=#\n"
    assert asked["mode"] == 0o600
    options = cast("dict[str, list[str]]", asked["options"])
    assert options.pop("--env-file")
    assert options == {
        "--name": ["podium-run_1-abc"],
        "--label": ["podium.key=run_1:/do/a"],
        "--pull": ["always"],
        "--security-opt": ["no-new-privileges"],
        "--pids-limit": ["32"],
        "--memory": ["268435456"],
        "--memory-swap": ["268435456"],
        "--publish": ["127.0.0.1:8080:80", "127.0.0.1:53:53/udp"],
        "--mount": [
            f"type=bind,source={data},target=/data,readonly",
            f"type=bind,source={data},target=/w",
        ],
        "--entrypoint": ["sh"],
    }


async def test_without_a_command_the_image_has_its_own_with_the_arguments(
    world: World, engine: ContainerEngine
):
    _ = await engine.run(replace(PLAIN, arguments=("--version",)), seconds=HANGS)
    (asked,) = world.log("run")
    options = cast("dict[str, list[str]]", asked["options"])
    assert asked["command"] == ["--version"]
    assert "--entrypoint" not in options
    assert options["--network"] == ["none"]
    assert options["--pull"] == ["missing"]


async def test_secrets_stand_neither_on_the_command_line_nor_on_disk_afterwards(
    world: World, engine: ContainerEngine
):
    _ = await engine.run(replace(PLAIN, environment={"S": "s3cret"}), seconds=HANGS)
    (asked,) = world.log("run")
    assert "s3cret" not in json.dumps(asked["options"])
    options = cast("dict[str, list[str]]", asked["options"])
    assert not await anyio.Path(options["--env-file"][0]).exists()
    with pytest.raises(Invalid, match="several lines"):
        _ = await engine.run(replace(PLAIN, environment={"S": "a\nb"}), seconds=HANGS)


async def test_an_exit_code_is_the_programs_but_for_that_of_the_engine(
    world: World, engine: ContainerEngine
):
    found = await engine.run(replace(PLAIN, image="exits:3"), seconds=HANGS)
    assert found == Ended(3, "", "something went wrong")
    with pytest.raises(Unavailable, match=r"could not run nodaemon: .*Cannot connect"):
        _ = await engine.run(replace(PLAIN, image="nodaemon"), seconds=HANGS)
    assert world.left == []


async def test_lifetime_says_what_is_left(world: World):
    async with world.engine() as engine:
        _ = await engine.run(PLAIN, seconds=HANGS)
        assert world.left == []
        kept = replace(PLAIN, name="kept", key="run_1:/do/kept", cleanup=Cleanup.NEVER)
        _ = await engine.run(kept, seconds=HANGS)
        assert world.left == ["kept"]
        later = replace(
            PLAIN, name="later", key="run_1:/do/later", cleanup=Cleanup.EVENTUALLY, after=4.0
        )
        _ = await engine.run(later, seconds=HANGS)
        assert world.left == ["kept", "later"]
        with anyio.fail_after(HANGS):
            while world.left != ["kept"]:  # noqa: ASYNC110 - a file tells nobody that it goes
                await anyio.sleep(0.05)


async def test_what_was_to_be_removed_before_a_restart_is_removed_by_the_next_call(world: World):
    later = replace(PLAIN, name="later", key="k", cleanup=Cleanup.EVENTUALLY, after=3600.0)
    async with world.engine() as engine:
        _ = await engine.run(later, seconds=HANGS)
    async with world.engine() as engine:
        _ = await engine.run(PLAIN, seconds=HANGS)
        assert world.left == ["later"]
        world.clock.at += 3700
        _ = await engine.run(PLAIN, seconds=HANGS)
        assert world.left == []


async def test_a_call_that_is_made_again_first_removes_what_is_left_of_it(world: World):
    async with world.engine() as engine:
        kept = replace(PLAIN, cleanup=Cleanup.NEVER)
        assert (await engine.run(kept, seconds=HANGS)).code == 0
        assert (await engine.run(kept, seconds=HANGS)).code == 0
        other = replace(kept, key="run_2:/do/a")
        with pytest.raises(Unavailable, match="already in use"):
            _ = await engine.run(other, seconds=HANGS)


@pytest.mark.parametrize("cleanup", [Cleanup.ALWAYS, Cleanup.NEVER])
async def test_who_takes_too_long_is_stopped(world: World, cleanup: Cleanup):
    async with world.engine() as engine:
        with pytest.raises(TimedOut, match=r"within 2 s.*processes\.timeout"):
            _ = await engine.run(replace(PLAIN, image="sleeps:600", cleanup=cleanup), seconds=2.0)
    stopping = ["rm", "kill"][cleanup is Cleanup.NEVER]
    commands = cast("list[list[str]]", world.log("other"))
    assert commands[-1][0] == stopping


async def test_who_says_too_much_is_stopped(world: World):
    async with world.engine(limits=replace(LIMITS, output=100_000)) as engine:
        with pytest.raises(LimitReached, match="100,000 bytes to stdout"):
            _ = await engine.run(replace(PLAIN, image="talks"), seconds=HANGS)
    assert world.left == []


async def test_a_call_that_is_cancelled_leaves_no_container(world: World, engine: ContainerEngine):
    async with anyio.create_task_group() as group:
        group.start_soon(partial(engine.run, replace(PLAIN, image="sleeps:600"), seconds=600))
        with anyio.fail_after(HANGS):
            while not world.left:  # noqa: ASYNC110 - a file tells nobody that it comes
                await anyio.sleep(0.05)
        group.cancel_scope.cancel()
    assert len(world.log("run")) == 1
    assert world.left == []


async def test_nobody_waits_where_nobody_should_and_the_end_ends_it(world: World):
    async with world.engine() as engine:
        await engine.start(replace(PLAIN, image="sleeps:600"), seconds=600)
        with anyio.fail_after(HANGS):
            while not world.left:  # noqa: ASYNC110 - a file tells nobody that it comes
                await anyio.sleep(0.05)
    assert world.left == []


async def test_what_is_not_granted_is_refused(world: World, engine: ContainerEngine):
    with pytest.raises(Refused, match=r"publishes ports.*network: true"):
        _ = await engine.run(replace(PLAIN, ports=(("80", "80"),)), seconds=HANGS)
    for source in ("/", "/etc", f"{world.folder}/../..", str(world.folder)):
        volume = Volume(source, "/x", read_only=True)
        with pytest.raises(Refused, match=r"not granted.*processes\.volumes"):
            _ = await engine.run(replace(PLAIN, volumes=(volume,)), seconds=HANGS)
    assert world.log("run") == []


async def test_a_link_out_of_a_granted_folder_leads_nowhere(world: World):
    granted = world.folder / "granted"
    granted.mkdir()
    (granted / "out").symlink_to("/etc")
    async with world.engine(Grants(volumes=[str(granted)])) as engine:
        volume = Volume(f"{granted}/out", "/x", read_only=True)
        with pytest.raises(Refused, match="not granted"):
            _ = await engine.run(replace(PLAIN, volumes=(volume,)), seconds=HANGS)


async def test_without_an_engine_the_error_says_so(
    world: World, engine: ContainerEngine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "/nowhere")
    for attempt in (engine.run, engine.start):
        with pytest.raises(NotFound, match=r"no docker and no podman.*Install.*processes\.engine"):
            _ = await attempt(PLAIN, seconds=HANGS)
    named = ContainerEngine(LIMITS, Grants(), world.clock, engine="nerdctl")
    with pytest.raises(NotFound, match="no nerdctl"):
        _ = await named.run(PLAIN, seconds=HANGS)


async def test_the_doctor_asks_whether_the_engine_answers(
    world: World, engine: ContainerEngine, monkeypatch: pytest.MonkeyPatch
):
    assert await engine.tried() == f"{world.folder}/docker answers."
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotFound):
        _ = await engine.tried()


async def test_the_real_docker_without_its_daemon_is_told_as_it_is():
    if shutil.which("docker") is None:
        pytest.skip("no docker on the PATH")
    if (await anyio.run_process(["docker", "info"], check=False)).returncode == 0:
        pytest.skip("its daemon runs")
    async with ContainerEngine(LIMITS, Grants(), FakeClock()) as engine:
        with pytest.raises(Unavailable, match=r"could not run alpine: .*daemon"):
            _ = await engine.run(PLAIN, seconds=30)
        with pytest.raises(Unavailable, match=r"docker does not answer: .*daemon"):
            _ = await engine.tried()
