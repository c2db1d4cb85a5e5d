"""Where a question may go at all, and at which target its session stays."""

from collections import Counter

import pytest
from tests.unit.gateway.routing.scenes import Stand, ask, route, target

from podium.gateway.models import Capability, Operation, Target
from podium.gateway.requests import Request
from podium.gateway.routing.options import Priority, RoundRobin
from podium.gateway.routing.question import asked
from podium.kernel.errors import LimitReached, Refused

EU = target("eu", regions=frozenset({"eu"}), data_classes=frozenset({"public", "internal"}))
US = target("us", regions=frozenset({"us"}))
ANY = target("any")


def test_a_region_leaves_only_targets_that_list_it() -> None:
    stand = Stand()
    assert stand.order(ask(region="eu"), route(US, ANY, EU, strategy=Priority())) == ["eu"]
    assert stand.order(ask(), route(US, ANY, EU, strategy=Priority())) == ["us", "any", "eu"]


def test_a_class_of_data_leaves_only_targets_that_list_it() -> None:
    stand = Stand()
    choice = stand.order(ask(data_class="internal"), route(US, ANY, EU, strategy=Priority()))
    assert choice == ["eu"]


def test_of_several_classes_or_regions_a_target_lists_all() -> None:
    stand, both = Stand(), route(US, ANY, EU, strategy=Priority())
    assert stand.order(ask(data_class="internal,public", region="eu"), both) == ["eu"]
    with pytest.raises(Refused):
        _ = stand.choose(ask(data_class="internal,pii"), both)


def test_where_no_target_may_see_it_the_error_says_what_each_lists() -> None:
    question = ask(region="eu", data_class="secret")
    with pytest.raises(Refused) as caught:
        _ = Stand().choose(question, route(US, EU, strategy=Priority()))
    message = caught.value.message
    assert "'eu'" in message
    assert "'secret'" in message
    assert "us: regions us, data_classes none" in message
    assert "List it" in message


def test_tags_of_a_request_narrow_where_it_may_go() -> None:
    request = Request("openai_chat", Operation.CHAT, {}, tags={"region": "eu"})
    question = asked(request, workspace="ws_1", user="user_ana", key="key_1")
    assert (question.region, question.data_class, question.key) == ("eu", "", "key_1")


def test_a_full_target_is_left_out_until_it_has_room() -> None:
    stand = Stand()
    narrow = route(target("a", concurrency=1), ANY, strategy=Priority())
    flight = stand.fleet.of("a").began()
    assert stand.order(ask(), narrow) == ["any"]
    flight.succeeded()
    assert stand.order(ask(), narrow) == ["a", "any"]


def test_where_all_are_full_the_caller_may_come_again() -> None:
    stand = Stand()
    _ = stand.fleet.of("a").began()
    with pytest.raises(LimitReached, match=r"a: 1.*Try again") as caught:
        _ = stand.choose(ask(), route(target("a", concurrency=1), strategy=Priority()))
    assert caught.value.retry_after == 1.0


def test_a_fallback_takes_over_where_all_own_targets_are_full() -> None:
    stand = Stand()
    _ = stand.fleet.of("a").began()
    narrow = route(target("a", concurrency=1), target("z", rank=1), strategy=RoundRobin())
    assert stand.order(ask(), narrow) == ["z"]


def test_what_a_question_needs_is_preferred_and_never_refused() -> None:
    stand = Stand()
    seeing = target("seeing", Capability.VISION, Capability.TOOLS)
    picture = ask([{"type": "image_url", "image_url": {"url": "data:x"}}])
    assert stand.order(picture, route(ANY, seeing, strategy=Priority())) == ["seeing"]
    tools = ask(tools=[{"type": "function"}])
    assert stand.order(tools, route(ANY, seeing, strategy=Priority())) == ["seeing"]
    schema = ask(response_format={"type": "json_schema"})
    assert stand.order(schema, route(ANY, seeing, strategy=Priority())) == ["any", "seeing"]


@pytest.fixture
def four() -> tuple[Target, ...]:
    return tuple(target(name) for name in "abcd")


def _homes(targets: tuple[Target, ...], sessions: int = 400) -> dict[str, str]:
    stand = Stand()
    sticky = route(*targets, strategy=RoundRobin(), sticky=True)
    names = (f"session-{i}" for i in range(sessions))
    return {name: stand.order(ask(session=name), sticky)[0] for name in names}


def test_a_session_stays_and_sessions_spread(four: tuple[Target, ...]) -> None:
    homes = _homes(four)
    assert homes == _homes(four)
    assert all(60 < count < 140 for count in Counter(homes.values()).values())


def test_where_a_target_leaves_only_its_sessions_move(four: tuple[Target, ...]) -> None:
    before, after = _homes(four), _homes(four[:3])
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {name for name, home in before.items() if home == "d"}


def test_where_a_target_comes_sessions_move_to_it_alone(four: tuple[Target, ...]) -> None:
    before, after = _homes(four[:3]), _homes(four)
    assert {after[name] for name in before if before[name] != after[name]} == {"d"}


def test_weight_is_a_share_of_sessions() -> None:
    homes = Counter(_homes((target("a", weight=3.0), target("b"))).values())
    assert 0.65 < homes["a"] / 400 < 0.85


def test_without_a_session_the_strategy_decides() -> None:
    stand = Stand()
    sticky = route(target("a"), target("b"), strategy=RoundRobin(), sticky=True)
    assert [stand.order(ask(), sticky)[0] for _ in range(3)] == ["a", "b", "a"]
