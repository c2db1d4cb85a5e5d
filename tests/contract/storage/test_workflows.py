from dataclasses import replace

import anyio
import pytest
from tests.contract.storage.world import NASTY, ONE, TWO, Stores, a_version

from podium.kernel.errors import Conflict, Invalid, NotFound
from podium.workflows.runs import WorkflowVersion

pytestmark = pytest.mark.anyio


async def test_a_version_comes_back_as_it_was_added(stores: Stores):
    document = {"do": [{"say": {"set": {"text": NASTY * 200}}}], "b": 1, "a": {"z": 1, "y": 2}}
    version = a_version(document=document)
    assert await stores.workflows.add(version) == version
    assert await stores.workflows.get(ONE, "acme", "triage", "1.0.0") == version
    assert await stores.workflows.by_digest(ONE, "a" * 64) == version


async def test_equal_content_again_answers_the_stored_version(stores: Stores):
    first = a_version(at=1.0)
    _ = await stores.workflows.add(first)
    assert await stores.workflows.add(replace(first, created_at=2.0, title="Other")) == first


async def test_other_content_under_the_same_version_is_a_conflict(stores: Stores):
    first = a_version(digest="a" * 64)
    _ = await stores.workflows.add(first)
    with pytest.raises(Conflict, match=r"acme/triage:1\.0\.0 is stored already"):
        _ = await stores.workflows.add(a_version(digest="b" * 64))
    assert await stores.workflows.get(ONE, "acme", "triage", None) == first


async def test_of_two_contents_at_once_under_one_version_one_is_stored(
    pair: tuple[Stores, Stores],
):
    answers: list[WorkflowVersion] = []
    refused: list[Conflict] = []

    async def add(stores: Stores, digest: str) -> None:
        try:
            answers.append(await stores.workflows.add(a_version(digest=digest)))
        except Conflict as error:
            refused.append(error)

    async with anyio.create_task_group() as group:
        _ = group.start_soon(add, pair[0], "a" * 64)
        _ = group.start_soon(add, pair[1], "b" * 64)
    assert (len(answers), len(refused)) == (1, 1)
    assert await pair[0].workflows.get(ONE, "acme", "triage", None) == answers[0]


async def test_the_newest_version_is_another_one_as_soon_as_it_is_stored(stores: Stores):
    for number in ("1.0.0", "2.0.0"):
        version = a_version(f"acme/triage:{number}", digest=number)
        _ = await stores.workflows.add(version)
        for _again in range(2):
            assert await stores.workflows.get(ONE, "acme", "triage", None) == version
    with pytest.raises(NotFound):
        _ = await stores.workflows.get(TWO, "acme", "triage", None)


async def test_without_a_version_the_one_stored_last_is_meant(stores: Stores):
    for version in ("1.0.0", "2.0.0", "1.0.1"):
        _ = await stores.workflows.add(a_version(f"acme/triage:{version}", digest=version))
    newest = await stores.workflows.get(ONE, "acme", "triage", None)
    assert newest.ref.version == "1.0.1"


async def test_what_is_not_stored_is_not_found(stores: Stores):
    _ = await stores.workflows.add(a_version())
    for namespace, name, version in [
        ("acme", "triage", "9.9.9"),
        ("acme", "other", None),
        ("other", "triage", None),
    ]:
        with pytest.raises(NotFound, match=f"no workflow {namespace}/{name}"):
            _ = await stores.workflows.get(ONE, namespace, name, version)
    with pytest.raises(NotFound):
        _ = await stores.workflows.by_digest(ONE, "f" * 64)


async def test_another_workspace_sees_nothing_of_a_workflow(stores: Stores):
    _ = await stores.workflows.add(a_version())
    with pytest.raises(NotFound):
        _ = await stores.workflows.get(TWO, "acme", "triage", None)
    with pytest.raises(NotFound):
        _ = await stores.workflows.by_digest(TWO, "a" * 64)
    assert (await stores.workflows.list(TWO, cursor=None, limit=9)).items == ()
    own = a_version(workspace=TWO, digest="b" * 64)
    assert await stores.workflows.add(own) == own


async def test_the_newest_version_of_each_workflow_is_listed_by_name(stores: Stores):
    for workflow in ("acme/b:1.0.0", "acme/a:1.0.0", "zoo/a:1.0.0", "acme/Z:1.0.0", "acme/a:2.0.0"):
        _ = await stores.workflows.add(a_version(workflow, digest=workflow))
    expected = ["acme/Z:1.0.0", "acme/a:2.0.0", "zoo/a:1.0.0", "acme/b:1.0.0"]
    seen: list[str] = []
    cursor = None
    for _step in range(9):
        page = await stores.workflows.list(ONE, cursor=cursor, limit=1)
        seen += [str(version.ref) for version in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == expected
    whole = await stores.workflows.list(ONE, cursor=None, limit=4)
    assert ([str(version.ref) for version in whole.items], whole.next) == (expected, None)


async def test_a_cursor_of_another_list_is_invalid(stores: Stores):
    for workflow in ("acme/a:1.0.0", "acme/b:1.0.0"):
        _ = await stores.workflows.add(a_version(workflow, digest=workflow))
    cursor = (await stores.workflows.list(ONE, cursor=None, limit=1)).next
    assert cursor is not None
    from_here = await stores.workflows.list(ONE, cursor=cursor, limit=1)
    assert from_here.items[0].ref.name == "b"
    with pytest.raises(Invalid, match="no cursor of the list of workflows"):
        _ = await stores.workflows.list(ONE, cursor=f"x{cursor}", limit=1)
