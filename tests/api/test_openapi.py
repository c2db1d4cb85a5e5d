"""The description of the API: committed, compared, complete."""

import json
import re
from pathlib import Path

import pytest
from tests.api.asgi import Caller

from podium.api import openapi
from podium.api.reference import operations

ROOT = Path(__file__).parents[2]
DESCRIBED = json.loads(openapi.spelled(openapi.document()))


def test_the_committed_description_is_the_code():
    assert (ROOT / "openapi.json").read_text(encoding="utf-8") == openapi.spelled(
        openapi.document()
    ), "openapi.json is not what the code says. Run `make publish` and read the difference."


def test_every_operation_has_a_tag_a_summary_and_an_id_of_its_own():
    found = list(operations(DESCRIBED))
    assert len({operation["operationId"] for _, _, operation in found}) == len(found)
    for _, path, operation in found:
        assert operation["tags"], path
        assert operation["summary"], path
        assert re.fullmatch(r"[a-z]+_[a-z_]+", operation["operationId"]), path


def test_every_operation_says_how_it_refuses_and_who_may_call():
    for _, path, operation in operations(DESCRIBED):
        assert "default" in operation["responses"], path
        assert "422" not in operation["responses"], path
        assert ("security" in operation) != path.startswith("/health/"), path


def test_every_reference_leads_somewhere():
    text = json.dumps(DESCRIBED)
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in DESCRIBED["components"]["schemas"]


def test_every_operation_is_in_the_reference_page():
    page = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    for method, path, _ in operations(DESCRIBED):
        assert f"`{method} {path}`" in page


@pytest.mark.anyio
async def test_the_server_tells_it_to_everybody(stranger: Caller):
    assert (await stranger.get("/openapi.json")).json == DESCRIBED


@pytest.mark.anyio
async def test_the_server_shows_it_as_a_page(stranger: Caller):
    page = (await stranger.get("/docs")).text
    for _, path, _ in operations(DESCRIBED):
        assert f"<code>{path}</code>" in page
