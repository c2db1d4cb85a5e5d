"""Every operation of the vendors' own descriptions can be made into a request."""

import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from tests.pace import at_best
from tests.unit.workflows.calls.synthesized import parameters

from podium.kernel.errors import Invalid
from podium.workflows.calls.bodies import media
from podium.workflows.calls.openapi.description import METHODS, Description, read
from podium.workflows.calls.openapi.operation import In, Operation, operation
from podium.workflows.calls.openapi.request import made
from podium.workflows.calls.requests import Request, checked

SPECS = Path(__file__).parents[5] / "shared" / "specs"
NAMES = {
    "openai/openapi.yaml": 288,
    "slack/slack_web_openapi_v2.json": 174,
    "twilio/twilio_api_v2010.json": 197,
    "twilio/twilio_messaging_v1.json": 58,
    "weaviate/schema.json": 123,
    "apis-guru/CheckoutService.json": 25,
    "apis-guru/api.github.com.json": 845,
    "apis-guru/asana.com.json": 167,
    "apis-guru/box.com.json": 260,
    "apis-guru/docusign.net.json": 402,
    "apis-guru/gitlab.com.json": 358,
    "apis-guru/jira.json": 499,
    "apis-guru/messages-olympus.json": 1,
    "apis-guru/notion.com.json": 13,
    "apis-guru/sendgrid.com.json": 334,
    "apis-guru/slack.com.json": 174,
    "apis-guru/stripe.com.json": 452,
    "apis-guru/trello.com.json": 324,
    "apis-guru/xero_accounting.json": 224,
    "apis-guru/zoom.us.json": 373,
}
FLAWS = {
    "apis-guru/notion.com.json": {"'' is no name of a header. Use letters, digits and '-'.": 1}
}
"""What no value could mend: one operation has a header without a name."""
pytestmark = pytest.mark.shared


def _operations(description: Description) -> list[str]:
    """Their ids; `METHOD /path` for those without."""
    ids: list[str] = []
    for path, item in description.document["paths"].items():
        found = [method for method in METHODS if method in item]
        ids += [item[method].get("operationId") or f"{method} {path}" for method in found]
    return ids


def _described(name: str) -> Description:
    return read((SPECS / name).read_text("utf-8"), f"https://api.example.com/{name}")


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_can_be_made_into_a_request(name):
    description = _described(name)
    ids = _operations(description)
    assert len(ids) == NAMES[name]
    failed: Counter[str] = Counter()
    for id in ids:
        called = operation(description, id)
        given = parameters(called)
        try:
            request = checked(made(called, given, None).request)
        except Invalid as error:
            failed[error.message] += 1
            continue
        _holds(called, given, request)
    assert dict(failed) == FLAWS.get(name, {})


def _holds(called: Operation, given: dict[str, object], request: Request) -> None:
    """The request says what was given: read back by other code than that which wrote it."""
    parts = urlsplit(request.url)
    assert parts.scheme in {"http", "https"}
    assert parts.netloc
    pieces = re.split(r"\{[^{}]+\}", called.path.partition("#")[0].partition("?")[0])
    places = re.compile(".*" + "[^/?]+".join(map(re.escape, pieces)))
    assert places.fullmatch(unquote(parts.path.replace("%2F", "_"))), (called.path, parts.path)
    query = parse_qs(parts.query, keep_blank_values=True)
    for each in called.parameters:
        text = given.get(each.name, given.get(f"{each.place}.{each.name}"))
        if each.place is In.QUERY and not isinstance(text, dict | list):
            assert query[each.name] == [text if isinstance(text, str) else json.dumps(text)]
        if each.place is In.HEADER:
            assert request.header(each.name)
    kind = media(request.header("Content-Type"))
    if kind == "application/json":
        body = json.loads(request.body or b"")
        expected = given.get("body", body) if called.body and not called.body.name else body
        assert body == expected or set(body) <= set(given)
    elif kind == "application/x-www-form-urlencoded":
        names = {name.partition("[")[0] for name in parse_qs(request.body.decode(), True)}
        assert names <= set(given) | set(given.get("body", ()))


@pytest.mark.timed
def test_a_large_description_is_read_in_little_time():
    name = "apis-guru/api.github.com.json"
    description = _described(name)

    def request() -> Request:
        called = operation(description, "issues/create")
        return made(called, {"owner": "o", "repo": "r", "title": "t", "body": "b"}, None).request

    assert request().url == "https://api.github.com/repos/o/r/issues"
    assert json.loads(request().body) == {"title": "t", "body": "b"}
    assert at_best(lambda: _described(name), within=3.0) < 3.0
    assert at_best(request, within=0.05) < 0.05
