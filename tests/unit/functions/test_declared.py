"""Python functions with type hints become functions of the catalog."""

import threading
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

import jsonschema_rs
import pytest
from pydantic import BaseModel, Field
from tests.fakes_functions import call_of

import podium
from podium.kernel.errors import Invalid, PodiumError, Unavailable
from podium.workflows.functions import Effect, Pure

pytestmark = pytest.mark.anyio


class Kind(StrEnum):
    LETTER = "letter"
    PARCEL = "parcel"


class Address(BaseModel):
    street: str
    zip: Annotated[str, Field(pattern=r"^\d{4}$")]


@dataclass
class Quote:
    price: float
    until: date


@podium.function(kind="pure", name="postage", version="2.1.0")
def price(to: Address, kind: Kind = Kind.LETTER, *, grams: Annotated[int, Field(gt=0)]) -> Quote:
    """What sending it costs.

    More of the docstring is for programmers.
    """
    assert len(to.zip) == 4
    return Quote(grams / 100 * (2 if kind is Kind.PARCEL else 1), date(2026, 11, 22))


GIVEN = {"to": {"street": "Ring 1", "zip": "1010"}, "kind": "parcel", "grams": 250}


def test_its_schemas_are_made_of_its_type_hints():
    made = price.function
    assert (made.name, made.version, made.summary) == (
        "postage",
        "2.1.0",
        "What sending it costs.",
    )
    jsonschema_rs.meta.validate(made.input)
    jsonschema_rs.meta.validate(made.output)
    jsonschema_rs.validate(made.input, GIVEN)
    for broken in (
        {**GIVEN, "grams": 0},
        {**GIVEN, "grams": "250"},
        {**GIVEN, "kind": "horse"},
        {**GIVEN, "more": 1},
        {"to": GIVEN["to"]},
        {**GIVEN, "to": {"street": "Ring 1", "zip": "x"}},
    ):
        assert not jsonschema_rs.is_valid(made.input, broken), broken
    assert made.input["properties"]["kind"]["default"] == "letter"
    assert made.input["required"] == ["to", "grams"]
    assert jsonschema_rs.is_valid(made.output, {"price": 5.0, "until": "2026-11-22"})


def test_it_gets_the_types_it_asked_for_and_answers_json():
    assert isinstance(price.function.body, Pure)
    assert price.function.body.run(GIVEN, call_of()) == {"price": 5.0, "until": "2026-11-22"}


def test_it_stays_a_python_function():
    assert price(Address(street="Ring 1", zip="1010"), grams=100).price == 1
    assert price.__name__ == "price"


async def test_an_effect_is_called_with_the_call_it_asks_for():
    @podium.function
    async def book(order: str, call: podium.Call) -> dict[str, str]:
        return {"order": order, "key": call.key}

    made = book.function
    assert (made.name, made.version) == ("book", "1.0.0")
    assert list(made.input["properties"]) == ["order"]
    assert isinstance(made.body, Effect)
    answer = await made.body.run({"order": "7"}, call_of(path="/do/book"))
    assert answer == {"order": "7", "key": "run_1:/do/book"}


async def test_an_effect_that_is_not_async_works_beside_the_event_loop():
    @podium.function
    def where() -> str:
        return threading.current_thread().name

    assert isinstance(where.function.body, Effect)
    assert await where.function.body.run({}, call_of()) != threading.main_thread().name


async def test_its_own_errors_pass_and_others_say_what_broke():
    @podium.function
    async def book(kind: Literal["down", "bug"]) -> None:
        if kind == "down":
            raise podium.Unavailable("The shop is closed.")
        raise KeyError(kind)

    assert isinstance(book.function.body, Effect)
    with pytest.raises(Unavailable, match="closed"):
        _ = await book.function.body.run({"kind": "down"}, call_of())
    with pytest.raises(PodiumError, match="book broke: KeyError: 'bug'"):
        _ = await book.function.body.run({"kind": "bug"}, call_of())


def test_arguments_may_have_the_names_that_models_keep_for_themselves():
    @podium.function(kind="pure")
    def odd(json: int, model_config: int, schema: int = 3, _x: int = 4) -> int:
        return json + model_config + schema + _x

    assert isinstance(odd.function.body, Pure)
    assert odd.function.body.run({"json": 1, "model_config": 2}, call_of()) == 10
    assert list(odd.function.input["properties"]) == ["json", "model_config", "schema", "_x"]


def test_a_result_of_another_type_is_refused():
    @podium.function(kind="pure")
    def count() -> int:
        return "many"  # type: ignore[return-value]

    assert isinstance(count.function.body, Pure)
    with pytest.raises(PodiumError, match="count answered what its type does not allow"):
        _ = count.function.body.run({}, call_of())


def test_arguments_that_no_schema_can_refuse_are_refused_by_their_type():
    @podium.function(kind="pure")
    def later(day: date) -> date:
        return day

    assert isinstance(later.function.body, Pure)
    with pytest.raises(Invalid, match="/day"):
        _ = later.function.body.run({"day": "2026-02-31"}, call_of())


def test_a_pure_function_that_breaks_is_an_error_with_its_name():
    @podium.function(kind="pure")
    def divide(a: int, b: int) -> float:
        return a / b

    assert isinstance(divide.function.body, Pure)
    with pytest.raises(PodiumError, match="divide broke: ZeroDivisionError"):
        _ = divide.function.body.run({"a": 1, "b": 0}, call_of())


def test_what_cannot_be_described_is_refused_with_the_remedy():
    def untyped(x): ...
    def endless(*things: int) -> None: ...
    def silent(x: int): ...
    async def lazy() -> int:
        return 1

    for written, words in (
        (untyped, "'x' has no type"),
        (endless, r"\*things"),
        (silent, "its result has no type"),
    ):
        with pytest.raises(Invalid, match=words):
            _ = podium.function(written)
    with pytest.raises(Invalid, match="pure and async"):
        _ = podium.function(kind="pure")(lazy)


def test_the_face_of_podium_is_small():
    with pytest.raises(AttributeError, match="It has Call, Invalid"):
        _ = podium.functoin
