"""What podium.yaml says about programs, and what is made of it."""

from pathlib import Path

import pytest
from tests.world import FakeClock

from podium.bootstrap.processes import open_runners
from podium.kernel.errors import Invalid
from podium.settings import Settings, load
from podium.settings.programs import Processes

pytestmark = [pytest.mark.anyio, pytest.mark.alone]


async def opened(folder: Path, **section: object) -> list[str]:
    """What may run."""
    settings = Settings(processes=Processes.model_validate(section)).placed(folder, {})
    async with open_runners(settings, folder / ".podium", clock=FakeClock()) as runners:
        kinds = ("script", "shell", "container")
        return [kind for kind in kinds if getattr(runners, kind) is not None]


async def test_nothing_is_allowed_until_it_is(tmp_path: Path):
    assert await opened(tmp_path) == []
    assert await opened(tmp_path, allow=["shell"]) == ["shell"]
    assert await opened(tmp_path, allow=["container", "script"]) == ["script", "container"]


def test_only_what_there_is_can_be_allowed(tmp_path: Path):
    path = tmp_path / "podium.yaml"
    _ = path.write_text("version: 1\nprocesses: {allow: [everything]}\n")
    with pytest.raises(Invalid) as refused:
        _ = load(path, {})
    assert "everything" in refused.value.problems[0].message


@pytest.mark.parametrize(
    ("kind", "name"), [("script", "readable"), ("shell", "readable"), ("container", "volumes")]
)
async def test_podiums_own_folder_is_never_granted(tmp_path: Path, kind: str, name: str):
    home = Path(__file__).parent / "granted"
    (tmp_path / ".podium" / "results").mkdir(parents=True)
    for path in ("/", str(tmp_path), ".podium", ".podium/results", "../"):
        with pytest.raises(Invalid, match=rf"processes\.{name} names .*(own folder|of their own)"):
            _ = await opened(tmp_path, allow=[kind], **{name: [path]})
    with pytest.raises(Invalid, match=r"there is no .*Take it out"):
        _ = await opened(tmp_path, allow=[kind], **{name: [str(home)]})


async def test_a_folder_that_each_program_has_for_itself_cannot_be_granted(tmp_path: Path):
    granted = tmp_path / "data"
    granted.mkdir()
    if not granted.is_relative_to("/tmp"):  # noqa: S108
        pytest.skip("the tests' folder is elsewhere")
    with pytest.raises(Invalid, match=r"programs have a /tmp of their own"):
        _ = await opened(tmp_path / "home", allow=["shell"], readable=[str(granted)])


async def test_podiums_own_folder_is_not_among_the_programs():
    with pytest.raises(Invalid, match=r"lies in /usr.*`state` in podium\.yaml"):
        _ = await opened(Path("/usr/share/podium-of-a-test"), allow=["shell"])


async def test_settings_that_nobody_uses_are_not_looked_at(tmp_path: Path):
    assert await opened(tmp_path, readable=["/nowhere"], volumes=["/nowhere"]) == []
