"""/api/v1/budgets."""

import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium
from tests.fakes_limits import usd

from podium.gateway.limits.ports import Payer, Spent
from podium.gateway.limits.rules import Per, Rule
from podium.identity.limits import Limits
from podium.identity.principal import Role

pytestmark = pytest.mark.anyio


async def test_budgets_say_what_is_spent_and_what_is_left(ann: Caller, podium: FakePodium):
    podium.limit_rules.append(Rule(frozenset({Per.MODEL}), Limits(warn_month=usd(80))))
    limits = {"budget_day": 5, "budget_month": 100}
    key = (await ann.post("/api/v1/keys", {"name": "ci", "limits": limits})).json["id"]
    today = int(podium.clock.at) // 86_400
    for day, cost in ((today, 1.25), (today - 1, 2)):
        payer = Payer(day, podium.ann.workspace, podium.ann.user, key, "", "chat")
        podium.spending.add(payer, Spent(1, 10, usd(cost)))
    found = {
        (one["of"], one["period"]): one for one in (await ann.get("/api/v1/budgets")).json["items"]
    }
    assert set(found) == {
        ("the key 'ci'", "day"),
        ("the key 'ci'", "month"),
        ("the model 'chat'", "month"),
        ("the model 'embed'", "month"),
    }
    assert found["the key 'ci'", "day"] == {
        "of": "the key 'ci'",
        "period": "day",
        "spent": 1.25,
        "limit": 5.0,
        "left": 3.75,
        "warn": None,
        "warned": False,
        "resets_at": (today + 1) * 86_400.0,
    }
    assert found["the model 'chat'", "month"]["spent"] == found["the key 'ci'", "month"]["spent"]
    assert found["the model 'chat'", "month"]["left"] is None


async def test_a_budget_says_whether_its_soft_limit_is_reached(ann: Caller, podium: FakePodium):
    podium.limit_rules.append(Rule(frozenset({Per.USER}), Limits(warn_day=usd(1))))
    assert [one["warned"] for one in (await ann.get("/api/v1/budgets")).json["items"]] == [False]
    payer = Payer(int(podium.clock.at) // 86_400, podium.ann.workspace, podium.ann.user, "", "", "")
    podium.spending.add(payer, Spent(1, 10, usd(1)))
    assert [one["warned"] for one in (await ann.get("/api/v1/budgets")).json["items"]] == [True]


async def test_members_see_their_own_budgets_and_admins_all(
    ann: Caller, stranger: Caller, podium: FakePodium
):
    podium.limit_rules.append(Rule(frozenset({Per.KEY}), Limits(budget_day=usd(1))))
    secret = await podium.key(await podium.add_user("Bob", Role.ENGINEER))
    theirs = await stranger.get("/api/v1/budgets", authorization=f"Bearer {secret}")
    assert len(theirs.json["items"]) == 1
    assert len((await ann.get("/api/v1/budgets")).json["items"]) == 2
