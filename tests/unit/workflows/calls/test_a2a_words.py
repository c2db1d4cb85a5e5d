"""The words of A2A 0.3 and 1.0: what is said in one means the same in the other."""

import pytest
from a2a.compat.v0_3 import conversions
from a2a.compat.v0_3 import types as v03
from a2a.types import a2a_pb2 as v10
from google.protobuf.json_format import MessageToDict, ParseDict
from hypothesis import given
from hypothesis import strategies as st

from podium.kernel.errors import Invalid
from podium.workflows.calls import a2a_words as words
from podium.workflows.calls.a2a_asking import asked_in_0_3, asked_in_1_0, in_document

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
DATA = st.dictionaries(TEXT, TEXT | st.booleans() | st.integers(-1000, 1000), max_size=3)
PARTS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("text"), "text": TEXT}),
    st.fixed_dictionaries({"kind": st.just("data"), "data": DATA}),
    st.fixed_dictionaries(
        {
            "kind": st.just("file"),
            "file": st.fixed_dictionaries({"uri": TEXT}, optional={"mimeType": TEXT, "name": TEXT}),
        },
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("file"),
            "file": st.fixed_dictionaries({"bytes": st.sampled_from(["aGk=", "eA=="])}),
        },
    ),
)
MESSAGES = st.fixed_dictionaries(
    {
        "kind": st.just("message"),
        "messageId": TEXT,
        "role": st.sampled_from(["user", "agent"]),
        "parts": st.lists(PARTS, min_size=1, max_size=3),
    },
    optional={"contextId": TEXT, "taskId": TEXT, "extensions": st.lists(TEXT, min_size=1)},
)
STATES = st.sampled_from([state.value for state in v03.TaskState])
ARTIFACTS = st.fixed_dictionaries(
    {"artifactId": TEXT, "parts": st.lists(PARTS, min_size=1, max_size=2)}, optional={"name": TEXT}
)
TASKS = st.fixed_dictionaries(
    {
        "kind": st.just("task"),
        "id": TEXT,
        "contextId": TEXT,
        "status": st.fixed_dictionaries({"state": STATES}, optional={"message": MESSAGES}),
    },
    optional={
        "artifacts": st.lists(ARTIFACTS, min_size=1, max_size=2),
        "history": st.lists(MESSAGES, min_size=1, max_size=2),
    },
)


def _official(value: object) -> object:
    return value.model_dump(by_alias=True, exclude_none=True, mode="json")


def _wire(message: object) -> object:
    """What the official server of 1.0 puts on the wire."""
    return MessageToDict(message)


@given(MESSAGES)
def test_a_message_is_said_in_1_0_as_the_official_sdk_says_it(message):
    ours = ParseDict(words.message_to_1_0(message), v10.Message())

    assert ours == conversions.to_core_message(v03.Message.model_validate(message))


@given(MESSAGES)
def test_a_message_of_1_0_is_read_as_the_official_sdk_reads_it(message):
    wire = conversions.to_core_message(v03.Message.model_validate(message))

    assert words.message_to_0_3(_wire(wire)) == _official(conversions.to_compat_message(wire))


@given(TASKS)
def test_a_task_of_1_0_is_read_as_the_official_sdk_reads_it(task):
    wire = conversions.to_core_task(v03.Task.model_validate(task))

    assert words.task_to_0_3(_wire(wire)) == _official(conversions.to_compat_task(wire))


@pytest.mark.parametrize("state", [state.value for state in v03.TaskState])
def test_each_state_goes_there_and_back(state):
    assert words.state(words.state_of_1_0(state)) == state
    assert words.state_of_1_0(state) in {value.name for value in v10.TaskState.DESCRIPTOR.values}


@given(st.booleans(), st.integers(1, 5))
def test_how_a_message_is_to_be_handled_is_said_as_the_official_sdk_says_it(blocking, length):
    given_ = {
        "blocking": blocking,
        "historyLength": length,
        "acceptedOutputModes": ["text"],
        "pushNotificationConfig": {
            "url": "https://example.com",
            "token": "t",
            "authentication": {"schemes": ["Bearer"], "credentials": "c"},
        },
    }
    theirs = conversions.to_core_send_message_configuration(
        v03.MessageSendConfiguration.model_validate(given_)
    )

    ours = ParseDict(words.configuration_to_1_0(given_), v10.SendMessageConfiguration())
    assert ours == theirs


@pytest.mark.parametrize(
    ("method", "given_", "in_0_3", "in_1_0"),
    [
        ("tasks/get", {"id": "t"}, {"id": "t"}, {"id": "t"}),
        ("tasks/get", {"taskId": "t", "historyLength": 2}, {"id": "t", "historyLength": 2}, None),
        ("tasks/cancel", {"taskId": "t"}, {"id": "t"}, {"id": "t"}),
        ("tasks/resubscribe", {"id": "t"}, {"id": "t"}, {"id": "t"}),
        ("tasks/pushNotificationConfig/list", {"id": "t"}, {"id": "t"}, {"taskId": "t"}),
        ("tasks/pushNotificationConfig/list", {"taskId": "t"}, {"id": "t"}, {"taskId": "t"}),
        (
            "tasks/pushNotificationConfig/get",
            {"id": "t", "pushNotificationConfigId": "c"},
            {"id": "t", "pushNotificationConfigId": "c"},
            {"taskId": "t", "id": "c"},
        ),
        (
            "tasks/pushNotificationConfig/delete",
            {"taskId": "t", "id": "c"},
            {"id": "t", "pushNotificationConfigId": "c"},
            {"taskId": "t", "id": "c"},
        ),
        (
            "tasks/pushNotificationConfig/set",
            {"taskId": "t", "url": "u", "authentication": {"scheme": "Bearer"}},
            {
                "taskId": "t",
                "pushNotificationConfig": {"url": "u", "authentication": {"schemes": ["Bearer"]}},
            },
            {"taskId": "t", "url": "u", "authentication": {"scheme": "Bearer"}},
        ),
        ("tasks/list", {"status": "input-required"}, None, {"status": "TASK_STATE_INPUT_REQUIRED"}),
    ],
)
def test_parameters_may_have_the_names_of_either_version(method, given_, in_0_3, in_1_0):
    if in_0_3 is not None:
        assert asked_in_0_3(method, given_) == in_0_3
    if in_1_0 is not None:
        assert asked_in_1_0(method, given_) == in_1_0


def test_a_status_update_says_whether_it_is_the_last():
    def final(state):
        update = {"statusUpdate": {"taskId": "t", "status": {"state": f"TASK_STATE_{state}"}}}
        return in_document("message/stream", update)["final"]

    ended = ["COMPLETED", "FAILED", "CANCELED", "REJECTED", "INPUT_REQUIRED"]
    assert [final(state) for state in ended] == [True] * 5
    assert [final(state) for state in ("WORKING", "SUBMITTED", "AUTH_REQUIRED")] == [False] * 3


def test_members_that_an_agent_leaves_empty_are_not_there():
    part = {"text": "hi", "metadata": {}, "filename": "", "mediaType": ""}
    message = {"messageId": "m", "role": "ROLE_AGENT", "parts": [part], "extensions": []}

    assert words.message_to_0_3(message) == {
        "kind": "message",
        "messageId": "m",
        "role": "agent",
        "parts": [{"kind": "text", "text": "hi"}],
    }


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"role": "king"}, "must be user or agent, got 'king'"),
        ({"parts": "hi"}, "stands in an array"),
        ({"parts": [5]}, "must be an object"),
        ({"parts": [{}]}, "has no content"),
        ({"parts": [{"kind": "file", "file": {}}]}, "A file of a message has no content"),
    ],
)
def test_what_is_no_message_is_refused_with_what_to_do(message, said):
    with pytest.raises(Invalid, match=said):
        _ = words.message_to_1_0(words.message_to_0_3(message))
