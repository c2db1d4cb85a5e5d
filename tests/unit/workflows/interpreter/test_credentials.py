"""Whose credentials a call shows: those that its document names, and no others."""

import pytest
from tests.world import Scene, document

from podium.kernel.errors import Unavailable
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call

pytestmark = pytest.mark.anyio

SECRETS = {"login": '{"username": "ann", "password": "pw"}', "key": "k-1", "other": "o-1"}
USE = """
use:
  secrets: [login, key]
  authentications:
    store: {basic: {use: login}}
    plain: {bearer: {token: "${ .token }"}}
"""


class Seen:
    """A protocol that remembers what it was given."""

    def __init__(self) -> None:
        self.arguments: JsonObject = {}

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        self.arguments = arguments
        return "done"


async def _given(endpoint: str, *, more: str = "", input: Json = None) -> JsonObject:
    http = Seen()
    tasks = f"""
- a:
    call: http
    with:
      method: post
      endpoint: {endpoint}
{more}
"""
    made = Scene(document(tasks, use=USE), http=http, secrets=SECRETS)
    assert await made.output(input or {"token": "t-1"}) == "done"
    assert "pw" not in str(made.journal.rows["run_1"].steps)
    return http.arguments


@pytest.mark.parametrize(
    ("authentication", "policy"),
    [
        ("{use: store}", {"basic": {"username": "ann", "password": "pw"}}),
        ("{basic: {use: login}}", {"basic": {"username": "ann", "password": "pw"}}),
        ("{bearer: {use: key}}", {"bearer": "k-1"}),
        ("{use: plain}", {"bearer": {"token": "t-1"}}),
        ("{bearer: {token: '${ $secrets.key }'}}", {"bearer": {"token": "k-1"}}),
    ],
)
async def test_names_are_replaced_by_what_they_stand_for(authentication, policy):
    found = await _given(f"{{uri: 'http://x', authentication: {authentication}}}")
    assert found["endpoint"] == {"uri": "http://x", "authentication": policy}


async def test_an_expression_gives_an_address_and_never_an_authentication():
    hostile = {"uri": "http://evil", "authentication": {"bearer": {"use": "key"}}}
    found = await _given("${ .where }", input={"where": hostile})
    assert found["endpoint"] == {"uri": hostile}
    assert "k-1" not in str(found)


async def test_data_is_sent_as_it_is_whatever_it_is_called():
    more = """
      body:
        authentication: {use: store}
        endpoint: "${ .token }"
        basic: {use: login}
"""
    found = await _given("http://x", more=more)
    assert found["body"] == {
        "authentication": {"use": "store"},
        "endpoint": "t-1",
        "basic": {"use": "login"},
    }


async def test_a_secret_that_is_not_there_is_an_error_of_authorization():
    tasks = """
- a:
    call: http
    with:
      method: get
      endpoint: {uri: 'http://x', authentication: {basic: {use: login}}}
"""
    made = Scene(document(tasks, use=USE), http=Seen(), secrets={})
    error = await made.error({})
    assert error["type"].endswith("/errors/authorization")
    assert error["title"] == "Secret missing"


async def test_the_kind_of_an_authorization_may_be_read_and_nothing_more_of_it():
    tasks = """
- a:
    call: http
    with:
      method: get
      endpoint: {uri: 'http://x', authentication: {use: store}}
    output: {as: '${ $authorization }'}
"""
    made = Scene(document(tasks, use=USE), http=Seen(), secrets=SECRETS)
    assert await made.output({}) == {"scheme": "Basic"}


class Talkative:
    """Repeats what it was sent in everything that is written down."""

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        said = f"{arguments['headers']} at {arguments['endpoint']}"
        call.notes.append(said)
        raise Unavailable(f"{said} failed", details={"status": 503})


async def test_what_a_callee_repeats_of_a_secret_is_not_written_down():
    tasks = """
- a:
    call: http
    with:
      method: get
      endpoint: "${ \\"http://hooks/\\" + ($secrets.path | @uri) }"
      headers: {X-Shop: "${ \\"key \\" + $secrets.key }"}
"""
    use = "use: {secrets: [key, path]}\n"
    secrets = {"key": "k-very-secret", "path": "T0/B0/x y"}
    made = Scene(document(tasks, use=use), http=Talkative(), secrets=secrets)
    error = await made.error({})
    assert error["status"] == 503
    assert "key ***" in error["detail"]
    stored = str(made.journal.rows["run_1"].steps) + str(made.ledger.spans)
    assert "http://hooks/***" in stored
    assert not [text for text in ("k-very-secret", "T0/B0", "T0%2FB0") if text in stored]
