"""Values that are small in memory and that nobody could write down."""

import pytest
from tests.pace import within
from tests.world import Scene, document

from podium.kernel.errors import LimitReached
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call
from podium.workflows.interpreter.sizes import MAX_DEPTH, Sizes

pytestmark = pytest.mark.timed

SECONDS = 1.0


def _doubled(times: int) -> Json:
    value: Json = ["x"]
    for _ in range(times):
        value = [value, value]
    return value


def _deep(levels: int) -> Json:
    value: Json = []
    for _ in range(levels - 1):
        value = {"x": value}
    return value


@pytest.mark.parametrize("times", [30, 60, 150])
def test_what_a_loop_has_doubled_is_refused_quickly(times: int) -> None:
    with within(SECONDS), pytest.raises(LimitReached, match="Does a loop double it"):
        Sizes().check(_doubled(times))


def test_doubling_is_seen_where_the_parts_have_been_measured() -> None:
    sizes, value = Sizes(), _doubled(16)

    def loop() -> None:
        nonlocal value
        for _ in range(30):
            value = {"one": value, "other": value}
            sizes.check(value)

    with pytest.raises(LimitReached, match="Does a loop double it"):
        loop()


def test_one_long_text_many_times_is_refused() -> None:
    with pytest.raises(LimitReached, match="50,000,000 characters"):
        Sizes().check(["x" * 1_000_000] * 51)


def test_a_list_that_repeats_a_large_one_is_refused_without_a_walk_through_it() -> None:
    with within(SECONDS), pytest.raises(LimitReached, match="3,000,000 values"):
        Sizes().check([[0] * 1_000_000] * 1_000_000)


@pytest.mark.parametrize("levels", [1, 100, MAX_DEPTH])
def test_depth_that_json_can_take_is_fine(levels: int) -> None:
    Sizes().check(_deep(levels))


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100_000])
def test_more_depth_is_refused(levels: int) -> None:
    with pytest.raises(LimitReached, match="deeper than 200 levels"):
        Sizes().check(_deep(levels))


def test_depth_around_a_part_that_has_been_measured_counts() -> None:
    sizes = Sizes()
    value: Json = [0] * 30_000
    sizes.check(value)

    def loop() -> None:
        nonlocal value
        for _ in range(MAX_DEPTH + 1):
            value = [value]
            sizes.check(value)

    with pytest.raises(LimitReached, match="deeper than 200 levels"):
        loop()


def test_a_large_value_is_measured_once() -> None:
    sizes = Sizes()
    rows: Json = [{"n": n} for n in range(200_000)]
    sizes.check({"rows": rows})

    with within(SECONDS):  # a walk through it takes a tenth of that
        for n in range(1000):
            sizes.check({f"m{n}": rows, "n": n})


@pytest.mark.parametrize("value", [None, 1, "x" * 1000, [], {"a": [1, {"b": "c"}]}])
def test_usual_values_are_fine(value: Json) -> None:
    Sizes().check(value)


class Flood:
    """Answers more than anybody can record."""

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        del arguments, call
        return ["x" * 1_000_000] * 200


@pytest.mark.anyio
async def test_an_answer_of_200_mb_is_an_error_and_goes_to_no_journal() -> None:
    tasks = "- go: {call: http, with: {method: get, endpoint: 'http://x/'}}"
    scene = Scene(document(tasks), http=Flood())

    error = await scene.error()

    assert error["code"] == "limit_reached"
    assert "50,000,000 characters" in str(error["detail"])
    assert error["instance"] == "/do/0/go"
