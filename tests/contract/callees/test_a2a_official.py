"""`call: a2a` with an agent of the official SDK: 1.0 and 0.3, in one vocabulary."""

from functools import partial

import pytest
from tests.contract.callees.loopback import served
from tests.contract.callees.official_a2a import made
from tests.contract.callees.world import a2a, call

from podium.workflows.calls.callee import CalleeFailed

pytestmark = pytest.mark.anyio
VERSIONS = ("1.0", "0.3")


@pytest.fixture(params=VERSIONS)
def version(request):
    return request.param


def says(text, ids=None):
    return {"message": {"parts": [{"kind": "text", "text": text}], **(ids or {})}}


async def asked(url, method, parameters=None, *, by="agentCard", context=None):
    where = {"agentCard": {"endpoint": url}} if by == "agentCard" else {"server": f"{url}/rpc"}
    arguments = {"method": method, **where}
    if parameters is not None:
        arguments["parameters"] = parameters
    async with a2a() as caller:
        return await caller.call(arguments, context or call())


async def test_a_message_is_answered_with_a_message(version):
    async with served(partial(made, version=version)) as url:
        output = await asked(url, "message/send", says("hello"))

    assert output["kind"] == "message"
    assert output["role"] == "agent"
    assert [(part["kind"], part["text"]) for part in output["parts"]] == [("text", "Hello World")]


async def test_a_message_is_answered_with_a_task_and_its_artifacts(version):
    async with served(partial(made, version=version)) as url:
        output = await asked(url, "message/send", says("work"))

    assert output["kind"] == "task"
    assert output["status"]["state"] == "completed"
    assert output["artifacts"] == [
        {
            "artifactId": "a-1",
            "name": "report",
            "parts": [
                {"kind": "text", "text": "done: work"},
                {
                    "kind": "file",
                    "file": {"uri": "https://example.com/a.pdf", "mimeType": "application/pdf"},
                },
            ],
        }
    ]
    assert output["history"][0]["role"] == "user"


@pytest.mark.parametrize(("text", "state"), [("ask", "input-required"), ("fail", "failed")])
async def test_a_task_is_handed_over_in_whatever_state_it_is(version, text, state):
    async with served(partial(made, version=version)) as url:
        output = await asked(url, "message/send", says(text))

    assert output["status"]["state"] == state
    assert output["status"]["message"]["role"] == "agent"


async def test_a_conversation_goes_on_where_it_stopped(version):
    async with served(partial(made, version=version)) as url:
        question = await asked(url, "message/send", says("ask"))
        ids = {"taskId": question["id"], "contextId": question["contextId"]}
        context = call(path="/do/again")
        output = await asked(url, "message/send", says("the red one", ids), context=context)

    assert output["id"] == question["id"]
    assert output["status"]["state"] == "completed"


async def test_a_stream_is_an_array_of_all_that_came(version):
    async with served(partial(made, version=version)) as url:
        output = await asked(url, "message/stream", says("work"))

    assert [each["kind"] for each in output] == [
        "task",
        "status-update",
        "artifact-update",
        "status-update",
    ]
    assert output[1]["status"]["state"] == "working"
    assert output[2]["artifact"]["parts"][0] == {"kind": "text", "text": "done: work"}
    assert output[3]["status"]["state"] == "completed"
    assert [each["final"] for each in (output[1], output[3])] == [False, True]


async def test_a_stream_is_over_when_the_agent_wants_to_know_more(version):
    async with served(partial(made, version=version)) as url:
        output = await asked(url, "message/stream", says("ask"), context=call())

    assert output[-1]["status"]["state"] == "input-required"


async def test_a_task_is_looked_up_followed_and_cancelled(version):
    immediately = {"configuration": {"blocking": False}}
    async with served(partial(made, version=version)) as url:
        task = await asked(url, "message/send", {**says("linger"), **immediately})
        got = await asked(url, "tasks/get", {"id": task["id"], "historyLength": 1})
        by_other_name = await asked(url, "tasks/get", {"taskId": task["id"]})
        cancelled = await asked(url, "tasks/cancel", {"id": task["id"]})

    assert task["status"]["state"] in {"submitted", "working"}
    assert got["id"] == by_other_name["id"] == task["id"]
    assert cancelled["status"]["state"] == "canceled"


async def test_all_tasks_are_an_array_whatever_the_pages_are():
    async with served(partial(made, version="1.0")) as url:
        for number in range(3):
            _ = await asked(url, "message/send", says("work"), context=call(path=f"/do/{number}"))
        _ = await asked(url, "message/send", says("fail"), context=call(path="/do/fail"))
        every = await asked(url, "tasks/list", {"pageSize": 1})
        failed = await asked(url, "tasks/list", {"status": "failed"})

    assert sorted(task["status"]["state"] for task in every) == ["completed"] * 3 + ["failed"]
    assert [task["status"]["state"] for task in failed] == ["failed"]


async def test_where_an_agent_is_to_tell_about_a_task_is_set_read_and_taken_back(version):
    config = {
        "id": "c-1",
        "url": "https://example.com/told",
        "authentication": {"schemes": ["Bearer"], "credentials": "x"},
    }
    async with served(partial(made, version=version)) as url:
        task = (await asked(url, "message/send", says("work")))["id"]

        async def configs(action, parameters):
            return await asked(url, f"tasks/pushNotificationConfig/{action}", parameters)

        made_one = await configs("set", {"taskId": task, "pushNotificationConfig": config})
        got = await configs("get", {"id": task, "pushNotificationConfigId": "c-1"})
        listed = await configs("list", {"id": task})
        gone = await configs("delete", {"id": task, "pushNotificationConfigId": "c-1"})
        nothing = await configs("list", {"id": task})

    assert made_one == {"taskId": task, "pushNotificationConfig": config}
    assert got == made_one
    assert listed == [made_one]
    assert gone is None
    assert nothing == []


async def test_the_card_for_those_who_are_known(version):
    async with served(partial(made, version=version)) as url:
        output = await asked(url, "agent/getAuthenticatedExtendedCard")

    assert output["name"] == "official, for friends"


async def test_an_error_of_the_agent_is_one_of_the_workflow(version):
    async with served(partial(made, version=version)) as url:
        with pytest.raises(CalleeFailed, match="error -32001") as failed:
            _ = await asked(url, "tasks/get", {"id": "none"})

    assert failed.value.number == -32001


async def test_a_server_without_a_card_is_asked_in_the_version_that_it_speaks(version):
    async with served(partial(made, version=version)) as url:
        output = await asked(url, "message/send", says("hello"), by="server")
        streamed = await asked(url, "message/stream", says("work"), by="server")

    assert output["parts"][0]["text"] == "Hello World"
    assert streamed[-1]["status"]["state"] == "completed"


@pytest.mark.parametrize("path", ["", "/", "/.well-known/agent-card.json", "/rpc"])
async def test_the_card_is_found_from_the_host_its_own_address_or_one_below_it(version, path):
    """`/rpc` is no card and has none below: so it is told where was looked."""
    async with served(partial(made, version=version)) as url:
        if path == "/rpc":
            with pytest.raises(Exception, match=r"no agent card at .*/rpc or .*/rpc/.well-known"):
                _ = await asked(f"{url}{path}", "message/send", says("hello"))
            return
        output = await asked(f"{url}{path}", "message/send", says("hello"))

    assert output["kind"] == "message"


async def test_the_words_of_1_0_are_understood_in_a_document(version):
    message = {"role": "ROLE_USER", "parts": [{"text": "hello"}], "messageId": "m-1"}
    async with served(partial(made, version=version)) as url:
        output = await asked(url, "message/send", {"message": message})

    assert output["parts"][0]["text"] == "Hello World"


async def test_a_message_that_is_sent_again_is_the_same_message(version):
    """A call is repeated after a crash with the key it had: the agent can tell."""
    async with served(partial(made, version=version)) as url:
        tasks = [await asked(url, "message/send", says("fail")) for _ in range(2)]
        other = await asked(url, "message/send", says("fail"), context=call(path="/do/other"))

    first, again = (task["history"][0]["messageId"] for task in tasks)
    assert first == again != other["history"][0]["messageId"]
