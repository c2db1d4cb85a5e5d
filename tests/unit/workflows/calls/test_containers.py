"""What the members of `run.container` mean."""

from dataclasses import dataclass, field

import pytest

from podium.identity.principal import Principal
from podium.kernel.errors import Invalid
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.containers import (
    Cleanup,
    Container,
    ContainerCall,
    Pull,
    Volume,
)
from podium.workflows.calls.processes import Ended
from podium.workflows.functions import Call
from podium.workflows.interpreter.problems import Fault

pytestmark = pytest.mark.anyio
ANN = Principal(UserId("user_ann"), WorkspaceId("ws_one"), "Ann")


@dataclass
class FakeContainers:
    ends: Ended = field(default_factory=lambda: Ended(0, "out", "err"))
    ran: list[Container] = field(default_factory=list)
    started: list[Container] = field(default_factory=list)

    async def run(self, container: Container, *, seconds: float) -> Ended:
        self.ran.append(container)
        return self.ends

    async def start(self, container: Container, *, seconds: float) -> None:
        self.started.append(container)


def here(path: str = "/do/a") -> Call:
    return Call(RunId("run_01ABC"), path, ANN, 30.0)


async def run(containers: FakeContainers, call: Call | None = None, **arguments: Json) -> Json:
    given: JsonObject = {"image": "alpine", "return": "stdout", "await": True, **arguments}
    return await ContainerCall(containers).call(given, call or here())


async def made(**arguments: Json) -> Container:
    containers = FakeContainers()
    _ = await run(containers, **arguments)
    return containers.ran[0]


async def test_a_container_has_the_defaults_of_the_specification():
    container = await made()
    assert container.image == "alpine"
    assert container.cleanup is Cleanup.NEVER
    assert container.pull is Pull.IF_NOT_PRESENT
    assert (container.command, container.arguments, container.stdin) == ("", (), b"")
    assert (container.ports, container.volumes) == ((), ())
    assert container.key == "run_01ABC:/do/a"


async def test_the_name_says_the_run_and_differs_by_task_and_attempt():
    one, two = FakeContainers(), FakeContainers()
    _ = await run(one)
    _ = await run(one)
    _ = await run(two, here("/do/a#2"))
    assert one.ran[0].name == one.ran[1].name
    assert one.ran[0].name.startswith("podium-run_01ABC-")
    assert one.ran[0].name != two.ran[0].name
    assert (await made(name="hello-1")).name == "hello-1"


async def test_every_member_arrives():
    container = await made(
        command="echo $1",
        arguments=["Foo", "Bar"],
        environment={"A": "b"},
        stdin="in",
        ports={"8080": 80, "53": "53/udp"},
        volumes={"/srv/a": "/a", "/srv/b": "/b:ro"},
        lifetime={"cleanup": "eventually", "after": {"minutes": 1}},
        pullPolicy="always",
    )
    assert container.command == "echo $1"
    assert container.arguments == ("Foo", "Bar")
    assert container.environment["A"] == "b"
    assert container.environment["PODIUM_IDEMPOTENCY_KEY"] == "run_01ABC:/do/a"
    assert container.stdin == b"in"
    assert container.ports == (("8080", "80"), ("53", "53/udp"))
    assert container.volumes == (
        Volume("/srv/a", "/a", read_only=False),
        Volume("/srv/b", "/b", read_only=True),
    )
    assert (container.cleanup, container.after) == (Cleanup.EVENTUALLY, 60.0)
    assert container.pull is Pull.ALWAYS


@pytest.mark.parametrize(
    ("policy", "pull"),
    [
        ({}, Pull.IF_NOT_PRESENT),
        ({"pullPolicy": "ifNotPresent"}, Pull.IF_NOT_PRESENT),
        ({"pullPolicy": "never"}, Pull.NEVER),
    ],
)
async def test_an_image_is_pulled_when_its_policy_says_so(policy: JsonObject, pull: Pull):
    assert (await made(**policy)).pull is pull


@pytest.mark.parametrize(
    "wrong",
    [
        {"image": "--privileged"},
        {"image": ""},
        {"image": "a b"},
        {"name": "-v"},
        {"name": "a/b"},
        {"ports": {"0": 80}},
        {"ports": {"80": "70000"}},
        {"ports": {"80": "80,x"}},
        {"ports": "80"},
        {"volumes": {"relative": "/a"}},
        {"volumes": {"/a": "relative"}},
        {"volumes": {"/a,readonly=false": "/a"}},
        {"lifetime": {"cleanup": "eventually", "after": "soon"}},
    ],
)
async def test_what_an_engine_could_read_as_something_else_is_refused(wrong: JsonObject):
    with pytest.raises(Invalid):
        _ = await made(**wrong)


async def test_a_failure_is_a_fault_unless_it_is_asked_for():
    containers = FakeContainers(Ended(2, "", "no"))
    with pytest.raises(Fault) as caught:
        _ = await run(containers)
    assert caught.value.problem["detail"] == "The container ended with exit code 2: no"
    assert await run(containers, **{"return": "code"}) == 2


async def test_nobody_waits_where_nobody_should():
    containers, call = FakeContainers(), here()
    assert await run(containers, call, **{"await": False}) is None
    assert (len(containers.started), containers.ran) == (1, [])
    assert "not awaited" in call.notes[0]
