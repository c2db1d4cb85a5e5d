"""The official clients of OpenAI and of Anthropic against a real server on loopback."""

import threading
import time
from collections.abc import Iterator

import anthropic
import anyio
import openai
import pytest
import uvicorn
from tests.fakes_api import FakePodium
from tests.fakes_models import refusal
from tests.pace import HANGS

from podium.api.app import create_app
from podium.api.compatible.hot import hot


@pytest.fixture
def podium() -> FakePodium:
    return anyio.run(FakePodium().begin)


@pytest.fixture(params=["asgi", "hot"])
def url(podium: FakePodium, request: pytest.FixtureRequest) -> Iterator[str]:
    app = create_app(podium)
    http = "httptools" if request.param == "asgi" else hot(app)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", http=http)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/v1"
    server.should_exit = True
    thread.join(5)


@pytest.fixture
def client(podium: FakePodium, url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=url, api_key=podium.secret, max_retries=0) as made:
        yield made


HI = [{"role": "user", "content": "Hi"}]


def test_it_chats(client: openai.OpenAI, podium: FakePodium):
    answer = client.chat.completions.create(model="chat", messages=HI)
    assert answer.choices[0].message.content == "ok"
    assert answer.usage.total_tokens == 4
    assert answer._request_id == podium.records.kept[0].id  # noqa: SLF001 - its documented name


def test_it_streams(client: openai.OpenAI):
    stream = client.chat.completions.create(
        model="chat", messages=HI, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "ok"
    assert chunks[-1].usage.total_tokens == 5


def test_it_embeds(client: openai.OpenAI):
    answer = client.embeddings.create(model="embed", input=["x"], encoding_format="float")
    assert answer.data[0].embedding == [0.5, -0.5]


def test_it_lists_models_and_reads_one_with_a_slash_in_its_name(client: openai.OpenAI):
    assert [model.id for model in client.models.list()] == ["chat", "acme/large", "embed"]
    assert client.models.retrieve("acme/large").id == "acme/large"


def test_it_knows_each_refusal(client: openai.OpenAI, podium: FakePodium, url: str):
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="none", messages=HI)
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("none")
    with pytest.raises(openai.BadRequestError) as empty:
        client.chat.completions.create(model="chat", messages=[])
    assert empty.value.param == "messages"
    podium.model.failure = refusal(429, "slow down")
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="chat", messages=HI)
    podium.model.failure = refusal(500, "down")
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="chat", messages=HI)
    with (
        openai.OpenAI(base_url=url, api_key="wrong", max_retries=0) as other,
        pytest.raises(openai.AuthenticationError),
    ):
        other.models.list()


def test_it_is_told_where_a_stream_breaks_off(client: openai.OpenAI, podium: FakePodium):
    podium.model.failure, podium.model.after = refusal(500, "down"), 1
    stream = client.chat.completions.create(model="chat", messages=HI, stream=True)
    with pytest.raises(openai.APIError, match="did not answer"):
        list(stream)


def test_leaving_a_stream_ends_the_call_upstream(client: openai.OpenAI, podium: FakePodium):
    podium.model.hangs, podium.model.after = True, 1
    stream = client.chat.completions.create(model="chat", messages=HI, stream=True)
    assert next(iter(stream)).choices[0].delta.content == "o"
    stream.close()
    deadline = time.monotonic() + HANGS
    while not podium.model.closed.is_set() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert podium.model.cancelled.is_set()
    assert podium.model.closed.is_set()


def test_a_large_body_is_refused_and_the_client_lives_to_hear_it(client: openai.OpenAI):
    huge = [{"role": "user", "content": "x" * 20_000_000}]
    with pytest.raises(openai.APIStatusError) as refused:
        client.chat.completions.create(model="chat", messages=huge)
    assert refused.value.status_code == 413


def test_it_gets_responses_from_models_that_speak_chat(client: openai.OpenAI, podium: FakePodium):
    answer = client.responses.create(model="chat", input="Hi", instructions="Be brief.")
    assert answer.output_text == "ok"
    assert answer.usage.total_tokens == 4
    assert podium.records.kept[0].usage.input == answer.usage.input_tokens


def test_it_streams_responses(client: openai.OpenAI):
    with client.responses.stream(model="chat", input="Hi") as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert (final.output_text, final.status) == ("ok", "completed")


def test_it_is_told_that_podium_stores_no_responses(client: openai.OpenAI):
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model="chat", input="Hi", previous_response_id="resp_1")
    assert refused.value.param == "previous_response_id"


@pytest.fixture
def claude(podium: FakePodium, url: str) -> Iterator[anthropic.Anthropic]:
    address = url.removesuffix("/v1")
    with anthropic.Anthropic(base_url=address, api_key=podium.secret, max_retries=0) as made:
        yield made


def test_anthropics_client_gets_messages_from_models_that_speak_chat(claude: anthropic.Anthropic):
    answer = claude.messages.create(model="chat", max_tokens=9, messages=HI)
    assert answer.content[0].text == "ok"
    assert answer.stop_reason == "end_turn"
    assert claude.messages.count_tokens(model="chat", messages=HI).input_tokens > 0


def test_anthropics_client_streams(claude: anthropic.Anthropic):
    with claude.messages.stream(model="chat", max_tokens=9, messages=HI) as stream:
        assert "".join(stream.text_stream) == "ok"
        final = stream.get_final_message()
    assert final.usage.output_tokens > 0
    assert final.stop_reason == "end_turn"


def test_anthropics_client_knows_each_refusal(claude: anthropic.Anthropic, podium: FakePodium):
    with pytest.raises(anthropic.NotFoundError):
        claude.messages.create(model="none", max_tokens=9, messages=HI)
    with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
        claude.messages.create(model="chat", max_tokens=-1, messages=HI)
    podium.model.failure = refusal(429, "slow down")
    with pytest.raises(anthropic.RateLimitError):
        claude.messages.create(model="chat", max_tokens=9, messages=HI)
    podium.model.failure, podium.model.after = refusal(500, "down"), 1
    with (
        claude.messages.stream(model="chat", max_tokens=9, messages=HI) as stream,
        pytest.raises(anthropic.APIStatusError, match="did not answer"),
    ):
        _ = list(stream.text_stream)
