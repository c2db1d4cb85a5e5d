"""Embeddings of AI Studio and of Vertex AI."""

import base64
import struct

import pytest
from tests.unit.protocols.providers.wire import model

from podium.gateway.errors import UpstreamFailed
from podium.gateway.models import Usage
from podium.gateway.usage import usage_of
from podium.kernel.errors import Invalid
from podium.protocols.gemini.format import studio, vertex

EMBED = model("gemini-embedding-001")


def test_embeddings_of_ai_studio():
    request = {"input": ["a", "b"], "model": "e", "dimensions": 2, "task_type": "CLUSTERING"}
    sent = studio().embeddings(request, EMBED)
    options = {
        "model": "models/gemini-embedding-001",
        "outputDimensionality": 2,
        "taskType": "CLUSTERING",
    }

    assert sent.path == "/models/gemini-embedding-001:batchEmbedContents"
    assert sent.body == {
        "requests": [
            {"content": {"parts": [{"text": "a"}]}, **options},
            {"content": {"parts": [{"text": "b"}]}, **options},
        ]
    }
    answer = {"embeddings": [{"values": [0.5, 1]}, {"values": [2, -3]}]}
    assert studio().embedded(answer, request) == {
        "object": "list",
        "data": [
            {"object": "embedding", "index": 0, "embedding": [0.5, 1.0]},
            {"object": "embedding", "index": 1, "embedding": [2.0, -3.0]},
        ],
        "model": "e",
    }


def test_embeddings_of_vertex():
    request = {"input": "a", "dimensions": 2, "encoding_format": "base64"}
    sent = vertex().embeddings(request, EMBED)
    counted = {"values": [0.5, -2], "statistics": {"token_count": 3.0}}
    told = vertex().embedded({"predictions": [{"embeddings": counted}]}, request)

    assert sent.path == "/models/gemini-embedding-001:predict"
    assert sent.body == {
        "instances": [{"content": "a"}],
        "parameters": {"outputDimensionality": 2},
    }
    assert struct.unpack("<2f", base64.b64decode(told["data"][0]["embedding"])) == (0.5, -2.0)
    assert usage_of(told) == Usage(input=3)


def test_newer_embeddings_of_vertex_take_one_text():
    newer = model("gemini-embedding-2")
    sent = vertex().embeddings({"input": ["a"], "dimensions": 2}, newer)
    answer = {"embedding": {"values": [1]}, "usageMetadata": {"promptTokenCount": 2}}

    assert sent.path == "/models/gemini-embedding-2:embedContent"
    assert sent.body == {
        "content": {"parts": [{"text": "a"}]},
        "embedContentConfig": {"outputDimensionality": 2},
    }
    assert usage_of(vertex().embedded(answer, {"input": "a"})) == Usage(input=2)
    with pytest.raises(Invalid, match="one text"):
        _ = vertex().embeddings({"input": ["a", "b"]}, newer)


@pytest.mark.parametrize("given", [None, [], 7, [1, 2], ["a", 1]])
def test_only_texts_can_be_embedded(given):
    with pytest.raises(Invalid, match="input"):
        _ = studio().embeddings({"input": given}, EMBED)


@pytest.mark.parametrize(
    "answer",
    [
        {"embeddings": []},
        {"embeddings": [{"values": []}]},
        {"embeddings": [{"values": [True]}]},
        {"embeddings": [{"values": ["x"]}]},
        {"embeddings": [{"values": [1]}, {"values": [1]}]},
    ],
)
def test_embeddings_that_are_none_are_malformed(answer):
    with pytest.raises(UpstreamFailed):
        _ = studio().embedded(answer, {"input": "a"})
