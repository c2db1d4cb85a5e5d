"""The same tests over every place where vectors of questions are kept."""

from collections.abc import AsyncGenerator
from math import nan

import pytest
from tests.contract.caching.server import a_redis
from tests.contract.caching.test_store import HERE
from tests.unit.gateway.fakes import StillClock

from podium.adapters.caching.questions import MemoryQuestions
from podium.adapters.caching.redis import RedisStore
from podium.adapters.caching.redis_questions import RedisQuestions
from podium.gateway.caching.entries import Key, Part, place
from podium.gateway.caching.ports import Questions

pytestmark = pytest.mark.anyio

PLACE = place(HERE, "chat", "user", holder="user_ana")


def partition(letter: str = "p") -> Key:
    return Key(PLACE, letter * 64)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.service)])
async def questions(request: pytest.FixtureRequest) -> AsyncGenerator[Questions]:
    if request.param == "memory":
        yield MemoryQuestions(most_each=4)
        return
    async with a_redis(StillClock()) as line:
        yield RedisQuestions(line, most_each=4)


async def found(questions: Questions, vector: list[float], most: int = 3) -> list[str]:
    near = await questions.near(partition(), vector, most=most)
    assert all(one.key.place == PLACE for one in near)
    assert [one.score for one in near] == sorted((one.score for one in near), reverse=True)
    return [one.key.digest[0] for one in near]


async def test_the_nearest_come_first_whatever_their_length(questions: Questions):
    await questions.add(partition(), [9.0, 0.0], "a" * 64, seconds=60)
    await questions.add(partition(), [0.0, 0.2], "b" * 64, seconds=60)
    await questions.add(partition(), [1.0, 1.0], "c" * 64, seconds=60)
    assert await found(questions, [1.0, 0.1]) == ["a", "c", "b"]
    assert await found(questions, [0.0, 5.0], most=1) == ["b"]
    [near] = await questions.near(partition(), [3.0, 3.0], most=1)
    assert near.score == pytest.approx(1.0, abs=0.001)


async def test_partitions_are_apart(questions: Questions):
    await questions.add(partition("p"), [1.0, 0.0], "a" * 64, seconds=60)
    assert await questions.near(partition("q"), [1.0, 0.0], most=1) == ()


async def test_the_oldest_are_forgotten(questions: Questions):
    for number, letter in enumerate("abcdef"):
        await questions.add(partition(), [1.0, number], letter * 64, seconds=60)
    assert set(await found(questions, [1.0, 0.0], most=9)) == set("cdef")


@pytest.mark.parametrize("vector", [[], [0.0, 0.0], [nan, 1.0]])
async def test_what_has_no_direction_is_near_nothing(questions: Questions, vector: list[float]):
    await questions.add(partition(), [1.0, 0.0], "a" * 64, seconds=60)
    await questions.add(partition(), vector, "b" * 64, seconds=60)
    assert await questions.near(partition(), vector, most=3) == ()
    assert await found(questions, [1.0, 0.0]) == ["a"]


async def test_vectors_of_another_model_are_near_nothing(questions: Questions):
    await questions.add(partition(), [1.0, 0.0], "a" * 64, seconds=60)
    await questions.add(partition(), [1.0, 0.0, 0.0], "b" * 64, seconds=60)
    assert await found(questions, [1.0, 0.0]) == ["a"]


async def test_the_memory_is_bounded_over_all_partitions():
    questions = MemoryQuestions(most=10, most_each=4)
    for letter in "abcdef":
        for number in range(3):
            await questions.add(partition(letter), [1.0, number], f"{number}" * 64, seconds=60)
    assert len(questions) <= 10
    assert await questions.near(partition("a"), [1.0, 0.0], most=1) == ()
    assert len(await questions.near(partition("f"), [1.0, 0.0], most=9)) == 3


async def test_a_question_that_is_asked_again_is_one():
    questions = MemoryQuestions()
    for number in range(20):
        await questions.add(partition(), [1.0, number], "a" * 64, seconds=60)
    assert len(questions) == 1


@pytest.mark.service
async def test_questions_go_with_their_answers():
    async with a_redis(StillClock()) as line:
        questions = RedisQuestions(line)
        await questions.add(partition(), [1.0, 0.0], "a" * 64, seconds=60)
        assert await RedisStore(line).purge(Part(HERE, route="chat")) == 0
        assert await questions.near(partition(), [1.0, 0.0], most=1) == ()
