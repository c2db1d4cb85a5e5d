"""Azure OpenAI by deployment."""

from tests.unit.protocols.providers.wire import model, read, sse

from podium.protocols.azure import AzureDeployments
from podium.protocols.openai.chat_provider import OpenAIChatProvider

AZURE = AzureDeployments(OpenAIChatProvider())
MINE = model("my deployment")
ASK = {"messages": [{"role": "user", "content": "hi"}]}
FILTERED = {"hate": {"filtered": False, "severity": "safe"}}


def test_the_address_names_the_deployment():
    assert AZURE.chat(ASK, MINE).path == "/deployments/my%20deployment/chat/completions"
    assert AZURE.embeddings({"input": "a"}, MINE).path == "/deployments/my%20deployment/embeddings"


def test_what_was_filtered_goes_on_to_the_caller():
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "x"},
        "finish_reason": "stop",
        "content_filter_results": FILTERED,
    }
    told = AZURE.completion({"id": "1", "model": "m", "choices": [choice]})
    assert told["choices"][0]["content_filter_results"] == FILTERED


def test_a_stream_may_begin_with_what_was_filtered_of_the_prompt():
    prompt = {"choices": [], "prompt_filter_results": [{"content_filter_results": FILTERED}]}
    delta = {"index": 0, "delta": {"content": "x"}, "finish_reason": None}
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    reader = AZURE.reader()
    chunks = read(reader, sse(prompt, {"choices": [delta]}, {"choices": [end]}))

    said = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert {"content": "x"} in said
    assert reader.finished


def test_embeddings_are_openais():
    answer = {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [1.0]}]}
    assert AZURE.embedded(answer, {"input": "a"})["data"] == answer["data"]
