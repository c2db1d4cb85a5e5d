"""Each error of the kernel has one status and one shape."""

import logging

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.api.app import create_app
from podium.kernel import errors
from podium.kernel.errors import PodiumError, Problem

pytestmark = pytest.mark.anyio


class FailingPodium(FakePodium):
    """Fails with what it is given wherever the doctor is asked."""

    failure: Exception = PodiumError("")

    async def checks(self):
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (errors.NotFound("no"), 404),
        (errors.Conflict("no"), 409),
        (errors.Unauthenticated("no"), 401),
        (errors.Refused("no"), 403),
        (errors.Invalid("no"), 422),
        (errors.LimitReached("no"), 429),
        (errors.TimedOut("no"), 504),
        (errors.Unavailable("no"), 503),
        (PodiumError("no"), 500),
    ],
)
async def test_each_error_has_its_status_and_is_a_problem(failure: PodiumError, status: int):
    answer = await _failing_with(failure)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["code"] == failure.code
    assert problem["type"] == f"urn:podium:problem:{failure.code}"
    assert problem["detail"] == "no"
    assert problem["title"]


async def test_a_limit_says_when_to_come_again():
    answer = await _failing_with(errors.LimitReached("slow down", retry_after=1.2))
    assert answer.headers["retry-after"] == "2"


async def test_an_invalid_thing_lists_its_problems_with_their_places():
    problems = [Problem("Write a number.", "type", "/do/0", 3, 7)]
    answer = await _failing_with(errors.Invalid("It does not fit.", problems=problems))
    assert answer.json["problems"] == [
        {"message": "Write a number.", "rule": "type", "path": "/do/0", "line": 3, "column": 7}
    ]


async def test_an_unexpected_error_tells_nothing_but_an_incident(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR, "podium.api"):
        answer = await _failing_with(RuntimeError("password=hunter2"))
    assert answer.status == 500
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text
    incident = answer.json["incident"]
    assert incident.startswith("inc_")
    assert incident in caplog.text
    assert "hunter2" in caplog.text


async def test_an_unexpected_error_of_the_gateway_is_told_in_openais_words(
    podium: FakePodium, ann: Caller
):
    podium.model.crash = RuntimeError("password=hunter2")
    body = {"model": "chat", "messages": [{"role": "user", "content": "Hi"}]}
    answer = await ann.post("/v1/chat/completions", body)
    assert answer.status == 500
    assert answer.json["error"]["type"] == "server_error"
    assert "inc_" in answer.json["error"]["message"]
    assert "hunter2" not in answer.text


async def test_an_unknown_address_is_a_problem(ann: Caller):
    answer = await ann.get("/api/v1/nothing")
    assert answer.status == 404
    assert answer.code == "not_found"


async def test_a_wrong_method_says_which_are_right(ann: Caller):
    answer = await ann.call("DELETE", "/api/v1/me")
    assert answer.status == 405
    assert answer.code == "method_not_allowed"
    assert answer.headers["allow"] == "GET"


async def _failing_with(failure: Exception):
    podium = FailingPodium()
    podium.failure = failure
    _ = await podium.begin()
    caller = Caller(create_app(podium), {"authorization": f"Bearer {podium.secret}"})
    return await caller.get("/api/v1/checks")
