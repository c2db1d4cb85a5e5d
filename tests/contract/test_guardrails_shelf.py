"""What holds for every guardrail on the shelf, tested by being there."""

from pathlib import Path

import jsonschema_rs
import pytest
from tests.contract.write_pages import GUARDRAIL_PAGES
from tests.unit.gateway.fakes import ANA

import podium.guardrails
from podium.governance.guardrails import (
    Allowed,
    AskPerson,
    At,
    Blocked,
    Guardrail,
    Means,
    Mode,
    Redacted,
    Rule,
    Seen,
)
from podium.guardrails.pages import page
from podium.guardrails.shelf import SHELF, made, misfits

pytestmark = pytest.mark.anyio
FOLDER = Path(podium.guardrails.__file__).parent
every_guardrail = pytest.mark.parametrize("guardrail", SHELF.values(), ids=list(SHELF))


class NoMeans:
    """Answers as harmless as can be."""

    async def chat(self, principal, request):
        return {"choices": [{"message": {"content": '{"violates": false}'}}]}

    async def embed(self, principal, model, texts):
        return [[1.0, 0.0] for _ in texts]

    def call(self, principal, name, arguments):
        return {"verdict": "allow"}


def judge_of(guardrail: Guardrail):
    (example,) = guardrail.settings["examples"]
    rule = Rule("it", guardrail.kind, example, guardrail.places, Mode.ENFORCE)
    return made(rule, Means(NoMeans(), NoMeans()))


@every_guardrail
def test_it_lives_in_a_file_of_its_kind(guardrail: Guardrail):
    assert (FOLDER / f"{guardrail.kind}.py").exists()


@every_guardrail
def test_its_settings_are_a_schema_with_an_example_that_fits(guardrail: Guardrail):
    jsonschema_rs.meta.validate(guardrail.settings)
    (example,) = guardrail.settings["examples"]
    assert misfits(guardrail.kind, example) == []
    assert misfits(guardrail.kind, {**example, "unheard": 1})


@every_guardrail
def test_its_settings_have_titles_and_descriptions_for_the_form(guardrail: Guardrail):
    for name, rules in guardrail.settings["properties"].items():
        assert rules.get("title"), name
        assert rules.get("description", "").endswith((".", "….")), name


@every_guardrail
async def test_it_says_one_of_four_things_of_any_text(guardrail: Guardrail):
    judge = judge_of(guardrail)
    for texts in ((), ("",), ("Hello there, how are you doing today, my good friend?", "{}")):
        for at in guardrail.places:
            said = await judge(Seen(at, texts, ANA, tools=("delete_all",), question=("Hello",)))
            assert isinstance(said, Allowed | Blocked | Redacted | AskPerson)
            if isinstance(said, Redacted):
                assert len(said.texts) == len(texts)
            if not isinstance(said, Allowed):
                assert said.reason.endswith(".")


@every_guardrail
def test_its_page_says_what_its_schema_says(guardrail: Guardrail):
    """Write them again with: python -m tests.contract.write_pages."""
    assert (GUARDRAIL_PAGES / f"{guardrail.kind}.md").read_text("utf-8") == page(guardrail)


def test_there_is_no_page_without_a_guardrail():
    assert {path.stem for path in GUARDRAIL_PAGES.glob("*.md")} == set(SHELF)


def test_a_signal_says_that_it_is_one():
    signals = {kind for kind, one in SHELF.items() if one.signal}
    assert signals == {"injection", "grounding"}
    assert SHELF["grounding"].places == {At.ANSWER}
