"""llm, embed, extract and classify against scripted models."""

import json
from dataclasses import replace

import pytest
from tests.fakes_functions import OneDataset, ScriptedModels, call_of, run, vector_of

from podium.functions.classify import make_classify
from podium.functions.embed import make_embed
from podium.functions.extract import make_extract
from podium.functions.llm import make_llm
from podium.integrations.datasets import Example, Match
from podium.kernel.errors import Invalid, NotFound, Unavailable
from podium.kernel.json import Json, JsonObject

pytestmark = pytest.mark.anyio

CITY: JsonObject = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}


async def test_llm_asks_with_a_prompt_and_hands_back_text_model_and_tokens():
    models, call = ScriptedModels(["Hello."]), call_of()
    given: JsonObject = {"model": "fast", "prompt": "Hi", "system": "Be brief", "temperature": 0}
    assert await run(make_llm(models), given, call) == {
        "text": "Hello.",
        "model": "fake-1",
        "finish_reason": "stop",
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }
    assert models.requests == [
        {
            "model": "fast",
            "messages": [
                {"role": "system", "content": "Be brief"},
                {"role": "user", "content": "Hi"},
            ],
            "temperature": 0,
        }
    ]
    assert len(call.usage) == 1


async def test_llm_with_a_schema_hands_back_json_also_out_of_a_fence():
    models = ScriptedModels(['```json\n{"city": "Rome"}\n```'])
    answer = await run(make_llm(models), {"model": "m", "prompt": "?", "schema": CITY})
    assert answer["json"] == {"city": "Rome"}
    sent = models.requests[0]["response_format"]
    assert sent == {"type": "json_schema", "json_schema": {"name": "answer", "schema": CITY}}


async def test_llm_lets_the_model_repair_its_answer_once_and_counts_both():
    models, call = ScriptedModels(['{"town": "Rome"}', '{"city": "Rome"}']), call_of()
    answer = await run(make_llm(models), {"model": "m", "prompt": "?", "schema": CITY}, call)
    assert answer["json"] == {"city": "Rome"}
    assert answer["usage"] == {"input_tokens": 20, "output_tokens": 10}
    messages = models.requests[1]["messages"]
    assert isinstance(messages, list)
    assert messages[1] == {"role": "assistant", "content": '{"town": "Rome"}'}
    assert '"city" is a required property' in str(messages[2])
    assert len(call.usage) == 2
    assert len(call.notes) == 1


async def test_llm_says_what_is_wrong_after_two_tries():
    models = ScriptedModels(["Rome!", "NaN"])
    with pytest.raises(Invalid, match="not JSON") as caught:
        _ = await run(make_llm(models), {"model": "m", "prompt": "?", "schema": CITY})
    assert caught.value.problems[0].rule == "json"


async def test_llm_says_that_an_answer_was_cut_off():
    models = ScriptedModels(['{"ci', '{"ci'], finish="length")
    with pytest.raises(Invalid, match="raise `max_tokens`"):
        _ = await run(make_llm(models), {"model": "m", "prompt": "?", "schema": CITY})


@pytest.mark.parametrize(
    "schema", [{"type": "strin"}, {"$ref": "http://127.0.0.1/x"}, {"$ref": "file:///etc/passwd"}]
)
async def test_a_schema_that_is_none_or_reaches_out_is_refused_before_the_model_is_asked(
    schema: JsonObject,
):
    models = ScriptedModels([])
    with pytest.raises(Invalid, match="schema is not valid"):
        _ = await run(make_llm(models), {"model": "m", "prompt": "?", "schema": schema})
    assert models.requests == []


async def test_an_answer_without_choices_is_no_answer():
    class Mute(ScriptedModels):
        async def chat(self, principal: object, request: object, call: object) -> JsonObject:
            return {"choices": []}

    with pytest.raises(Unavailable, match="no choices"):
        _ = await run(make_llm(Mute()), {"model": "m", "prompt": "?"})


async def test_embed_keeps_the_order_of_the_texts():
    models = ScriptedModels()
    answer = await run(make_embed(models), {"texts": ["a card", "a loan"]})
    assert answer == {"vectors": [vector_of("a card"), vector_of("a loan")], "model": "fake-e"}
    assert models.requests[0]["model"] == "embed"
    assert (await run(make_embed(models), {"text": "x", "model": "e5"}))["vector"] == vector_of("x")


FIELDS: JsonObject = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "amount": {"type": "number", "minimum": 0},
        "currency": {"enum": ["EUR", "USD"]},
        "due": {"type": "string", "format": "date"},
        "items": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "amount"],
}
LETTER = "Please pay Ann LEE 1.234,50 euros by 3 March 2026: rent, water."


def _answers(*values: Json) -> ScriptedModels:
    return ScriptedModels([json.dumps(value) for value in values])


async def test_extract_tells_fields_from_missing_ones():
    found: JsonObject = {
        "name": "Ann Lee",
        "amount": 1234.5,
        "currency": "EUR",
        "due": "2026-03-03",
        "items": ["rent", "water"],
    }
    answer = await run(make_extract(_answers(found)), {"text": LETTER, "schema": FIELDS})
    assert answer == {"fields": found, "missing": [], "ungrounded": [], "model": "fake-1"}


async def test_extract_offers_the_model_null_for_what_is_not_there():
    models = _answers(dict.fromkeys(["amount", "currency", "due", "items"]) | {"name": "Ann Lee"})
    answer = await run(make_extract(models), {"text": LETTER, "schema": FIELDS})
    assert answer["fields"] == {"name": "Ann Lee"}
    assert answer["missing"] == ["amount", "currency", "due", "items"]
    assert len(models.requests) == 1


async def test_extract_drops_what_does_not_fit_even_after_a_repair():
    bad = dict.fromkeys(["due", "items"]) | {"name": "Ann", "amount": -3, "currency": "GBP"}
    answer = await run(make_extract(_answers(bad, bad)), {"text": LETTER, "schema": FIELDS})
    assert answer["fields"] == {"name": "Ann"}
    assert answer["missing"] == ["amount", "currency", "due", "items"]


async def test_extract_counts_everything_as_missing_where_the_model_talks():
    models = ScriptedModels(["I cannot.", "Still no."])
    call = call_of()
    answer = await run(make_extract(models), {"text": LETTER, "schema": FIELDS}, call)
    assert answer["fields"] == {}
    assert len(call.notes) == 2


async def test_extract_points_at_what_the_text_does_not_say():
    invented: JsonObject = {
        "name": "Ann Miller",
        "amount": 99,
        "currency": "USD",
        "due": "2027-03-03",
        "items": ["rent", "gas"],
    }
    answer = await run(make_extract(_answers(invented)), {"text": LETTER, "schema": FIELDS})
    assert answer["ungrounded"] == ["/name", "/amount", "/due", "/items/1"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "it was 1,234.50 EUR"),
        (1234.5, "it was 1.234,50 EUR"),
        (-20, "minus 20"),
        (4111, "card 4111"),
        ("GB82WEST12345698765432", "GB82WEST12345698765432"),
        ("ann lee", "Ann-Lee wrote"),
        ("2026-03-03", "on 03/03/26"),
    ],
)
async def test_grounding_sees_through_spelling(value: Json, text: str):
    schema: JsonObject = {"type": "object", "properties": {"v": {}}}
    answer = await run(make_extract(_answers({"v": value})), {"text": text, "schema": schema})
    assert answer["ungrounded"] == []


NEAR = Match("lost", 0.9, 0.3, (Example("my card is lost", "lost", 0.8),))


async def test_classify_with_a_dataset_embeds_with_the_datasets_model():
    models, datasets = ScriptedModels(), OneDataset(NEAR)
    answer = await run(
        make_classify(models, datasets),
        {"text": "lost it", "dataset": "intents", "k": 1, "candidates": ["lost", "loan"]},
    )
    assert answer == {
        "label": "lost",
        "confidence": 0.9,
        "margin": 0.3,
        "threshold": None,
        "sure": None,
        "neighbours": [{"text": "my card is lost", "label": "lost", "score": 0.8}],
    }
    assert models.requests[0]["model"] == "fake-e"
    assert datasets.asked[0].candidates == ("lost", "loan")


@pytest.mark.parametrize(("threshold", "sure"), [(0.8, True), (0.95, False)])
async def test_classify_says_whether_it_is_sure_enough_for_a_precision(threshold, sure):
    datasets = OneDataset(replace(NEAR, threshold=threshold))
    answer = await run(
        make_classify(ScriptedModels(), datasets),
        {"vector": [1], "dataset": "intents", "precision": 0.98},
    )
    assert (answer["sure"], answer["threshold"]) == (sure, threshold)
    assert datasets.asked[0].precision == 0.98


async def test_classify_with_a_vector_asks_no_model():
    models = ScriptedModels()
    _ = await run(
        make_classify(models, OneDataset(NEAR)), {"vector": [1, 0.5], "dataset": "intents"}
    )
    assert models.requests == []


async def test_classify_by_llm_chooses_among_candidates_and_sees_near_examples():
    models = ScriptedModels(['{"label": "loan"}'])
    answer = await run(
        make_classify(models, OneDataset(NEAR)),
        {
            "text": "hm",
            "vector": [1.0],
            "dataset": "intents",
            "method": "llm",
            "candidates": ["lost", "loan"],
        },
    )
    assert (answer["label"], answer["confidence"]) == ("loan", None)
    request = models.requests[0]
    assert '"enum": ["lost", "loan"]' in json.dumps(request["response_format"])
    assert "my card is lost" in json.dumps(request["messages"])
    assert request["model"] == "classify"


async def test_classify_with_labels_tells_the_model_what_they_mean():
    models = ScriptedModels(['{"label": "b"}'])
    labels: JsonObject = {"a": "a complaint", "b": "praise"}
    answer = await run(make_classify(models, OneDataset(NEAR)), {"text": "great", "labels": labels})
    assert answer["label"] == "b"
    assert "- b: praise" in json.dumps(models.requests[0]["messages"])


async def test_classify_with_labels_and_neighbours_compares_with_descriptions():
    labels: JsonObject = {"cards": "lost card stolen card", "loans": "loan for a house"}
    answer = await run(
        make_classify(ScriptedModels(), OneDataset(NEAR)),
        {"text": "my card is stolen", "labels": labels, "method": "neighbours"},
    )
    assert answer["label"] == "cards"
    assert answer["neighbours"] == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"vector": [1.0], "labels": ["a", "b"]}, "reads the text"),
        ({"text": "x", "labels": ["a", "a"]}, "nothing to choose"),
        ({"text": "x", "labels": ["a", "b"], "candidates": ["a", "c"]}, "Candidate 'c'"),
    ],
)
async def test_classify_refuses_what_leaves_no_choice(given: JsonObject, message: str):
    with pytest.raises(Invalid, match=message):
        _ = await run(make_classify(ScriptedModels(), OneDataset(NEAR)), given)


async def test_classify_knows_only_configured_datasets():
    with pytest.raises(NotFound):
        _ = await run(
            make_classify(ScriptedModels(), OneDataset(NEAR)), {"text": "x", "dataset": "no"}
        )
